/** What a viewer is told who does not look: a sound, a notification, a count in the tab's title. */

import { LEVELS } from "./levels.js";

/** @typedef {import("./feed.js").Message} Message */

export class Alerts {
  /** The level from which on there is a sound or a notification; none without it. */
  level = "";
  sound = false;

  constructor() {
    this._title = document.title;
    this._unseen = 0;
    this._leaving = new AbortController();
    document.addEventListener("visibilitychange", () => this._seen(), this._leaving);
  }

  close() {
    this._leaving.abort();
  }

  /**
   * From now on from this level on. To be called on a click, as browsers ask for one.
   * @param {string} level @param {boolean} sound
   */
  choose(level, sound) {
    this.level = level;
    this.sound = sound;
    if (level && "Notification" in window && Notification.permission === "default")
      Notification.requestPermission();
    if (level && sound) this._beep();
  }

  /** @param {Message} message that has just come */
  tell(message) {
    if (document.hidden) {
      this._unseen += 1;
      document.title = `(${this._unseen}) ${this._title}`;
    }
    const at = LEVELS.findIndex((level) => level === this.level);
    if (at < 0 || LEVELS.indexOf(message.log_level) < at) return;
    if (this.sound) this._beep();
    if (document.hidden && "Notification" in window && Notification.permission === "granted")
      new Notification(`${message.site}: ${message.log_level}`, { body: message.message, tag: message.site });
  }

  _seen() {
    if (document.hidden) return;
    this._unseen = 0;
    document.title = this._title;
  }

  _beep() {
    this._audio ??= new AudioContext();
    const { currentTime, destination } = this._audio;
    const tone = this._audio.createOscillator();
    const volume = this._audio.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.2, currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, currentTime + 0.4);
    tone.connect(volume).connect(destination);
    tone.start();
    tone.stop(currentTime + 0.4);
  }
}
