/** Tells a viewer who looks elsewhere: by a sound, a notification, and a count in the tab's title. */

import { now } from "../data/clock.js";
import { LEVELS } from "../data/levels.js";

/** @typedef {import("../data/feed.js").Message} Message */
/** @typedef {import("../data/levels.js").Level} Level */

const MIN_INTERVAL_S = 1; // between notifications, unless the next message is worse

const TONE_HZ = 660;
const TONE_S = 0.4;
const TONE_GAIN = 0.2; // of 1
const SILENT_GAIN = 0.001; // where an exponential ramp can end

export class Notifications {
  #level = ""; // the lowest level to notify about; empty for none
  #sound = false;
  #title;
  #unseen = 0;
  #last = { time: 0, level: -1 };
  /** @type {AudioContext | undefined} */
  #audio = undefined;
  #closing = new AbortController();

  /** @param {boolean} countsInTitle whether the page's title may be changed */
  constructor(countsInTitle) {
    this.#title = countsInTitle ? document.title : null;
    document.addEventListener("visibilitychange", () => this.#count(0), {
      signal: this.#closing.signal,
    });
  }

  close() {
    this.#closing.abort();
    this.#audio?.close();
  }

  /**
   * Notify from a level on. To be called on a click, without which browsers do not ask for the permission.
   * @param {string} level
   * @param {boolean} sound
   * @returns {Promise<string>} what keeps notifications from being shown; empty if nothing does
   */
  async choose(level, sound) {
    this.#level = level;
    this.#sound = sound;
    if (!level) return "";
    if (sound) this.#beep();
    if (!("Notification" in window) || !isSecureContext)
      return "Notifications need a page over https: here, only a sound can be had.";
    const permission = await Notification.requestPermission();
    return permission === "granted"
      ? ""
      : "This browser has been told to show no notifications of this page.";
  }

  /** @param {Message} message that has just arrived, and matches what is shown */
  notify(message) {
    this.#count(this.#unseen + 1);
    const from = LEVELS.indexOf(/** @type {Level} */ (this.#level));
    const level = LEVELS.indexOf(message.log_level);
    if (from < 0 || level < from) return;
    if (now() - this.#last.time < MIN_INTERVAL_S && level <= this.#last.level) return;
    this.#last = { time: now(), level };
    if (this.#sound) this.#beep();
    if (document.hidden && "Notification" in window && Notification.permission === "granted")
      new Notification(`${message.site}: ${message.log_level}`, { body: message.message, tag: "userstatus" });
  }

  /** @param {number} unseen messages that have arrived while the page was hidden */
  #count(unseen) {
    this.#unseen = document.hidden ? unseen : 0;
    if (this.#title === null) return;
    const title = this.#unseen ? `(${this.#unseen}) ${this.#title}` : this.#title;
    if (document.title !== title) document.title = title;
  }

  #beep() {
    this.#audio ??= new AudioContext();
    const { currentTime, destination } = this.#audio;
    const tone = this.#audio.createOscillator();
    const volume = this.#audio.createGain();
    tone.frequency.value = TONE_HZ;
    volume.gain.setValueAtTime(TONE_GAIN, currentTime);
    volume.gain.exponentialRampToValueAtTime(SILENT_GAIN, currentTime + TONE_S);
    tone.connect(volume).connect(destination);
    tone.start();
    tone.stop(currentTime + TONE_S);
  }
}
