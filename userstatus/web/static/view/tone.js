/** A tone. Browsers keep a page silent until the viewer has clicked or pressed a key somewhere in it. */

const TONE_HZ = 660;
const TONE_S = 0.4;
const TONE_GAIN = 0.2; // of 1
const SILENT_GAIN = 0.001; // where an exponential ramp can end
const GESTURES = ["pointerdown", "pointerup", "keydown"];

/** Event: `change`, when it can be heard, or no longer. */
export class Tone extends EventTarget {
  /** @type {AudioContext | undefined} */
  #audio = undefined;
  #owed = false; // whether one was to be played that could not be heard
  #closing = new AbortController();

  /** Whether the browser waits for the viewer. */
  get waiting() {
    return this.#audio?.state === "suspended";
  }

  /** Be ready to play, or to be told by the viewer's first click that it is allowed. */
  prepare() {
    if (this.#audio) return;
    const audio = new AudioContext();
    this.#audio = audio;
    audio.addEventListener("statechange", () => this.#changed());
    const { signal } = this.#closing;
    for (const gesture of GESTURES)
      addEventListener(gesture, () => this.waiting && audio.resume(), { capture: true, signal });
  }

  /** Play it, now or as soon as it can be heard. */
  play() {
    this.prepare();
    if (this.#audio?.state === "running") beep(this.#audio);
    else this.#owed = true;
    this.#audio?.resume();
  }

  close() {
    this.#closing.abort();
    this.#audio?.close();
  }

  #changed() {
    if (this.#owed && this.#audio?.state === "running") {
      this.#owed = false;
      beep(this.#audio);
    }
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {AudioContext} audio */
function beep(audio) {
  const { currentTime, destination } = audio;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = TONE_HZ;
  volume.gain.setValueAtTime(TONE_GAIN, currentTime);
  volume.gain.exponentialRampToValueAtTime(SILENT_GAIN, currentTime + TONE_S);
  tone.connect(volume).connect(destination);
  tone.start();
  tone.stop(currentTime + TONE_S);
}
