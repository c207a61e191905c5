/** What a viewer is told who does not look: a sound, a notification, a count in the tab's title. */

import { now } from "./clock.js";
import { LEVELS } from "./levels.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./levels.js").Level} Level */

const STORM = 1; // seconds

const TONE = 660; // hertz
const LENGTH = 0.4; // seconds
const LOUD = 0.2; // of 1
const SILENT = 0.001;

export class Alerts {
  /** The level from which on there is an alert; none without it. */
  level = "";
  sound = false;

  /** @param {boolean} title whether the tab's title is ours to count in */
  constructor(title) {
    this._title = title ? document.title : null;
    this._unseen = 0;
    this._told = { time: 0, level: -1 };
    /** @type {AudioContext | undefined} */
    this._audio = undefined;
    this._leaving = new AbortController();
    document.addEventListener("visibilitychange", () => this._count(0), this._leaving);
  }

  close() {
    this._leaving.abort();
    this._audio?.close();
  }

  /**
   * From now on from this level on. To be called on a click, as browsers ask for one.
   * @param {string} level
   * @param {boolean} sound
   * @returns {Promise<string>} what the viewer should know about it
   */
  async choose(level, sound) {
    this.level = level;
    this.sound = sound;
    if (!level) return "";
    if (sound) this._beep();
    if (!("Notification" in window) || !isSecureContext)
      return "Notifications need a page over https: here, only a sound can be had.";
    const leave = await Notification.requestPermission();
    return leave === "granted" ? "" : "This browser has been told to show no notifications of this page.";
  }

  /** @param {Message} message that has just come, and is shown */
  tell(message) {
    this._count(this._unseen + 1);
    const from = LEVELS.indexOf(/** @type {Level} */ (this.level));
    const level = LEVELS.indexOf(message.log_level);
    if (from < 0 || level < from) return;
    // In a storm, one a second is enough, unless it becomes worse.
    if (now() - this._told.time < STORM && level <= this._told.level) return;
    this._told = { time: now(), level };
    if (this.sound) this._beep();
    if (document.hidden && "Notification" in window && Notification.permission === "granted")
      new Notification(`${message.site}: ${message.log_level}`, { body: message.message, tag: "userstatus" });
  }

  /** @param {number} unseen messages that came while nobody looked */
  _count(unseen) {
    this._unseen = document.hidden ? unseen : 0;
    if (this._title === null) return;
    const title = this._unseen ? `(${this._unseen}) ${this._title}` : this._title;
    if (document.title !== title) document.title = title;
  }

  _beep() {
    this._audio ??= new AudioContext();
    const { currentTime, destination } = this._audio;
    const tone = this._audio.createOscillator();
    const volume = this._audio.createGain();
    tone.frequency.value = TONE;
    volume.gain.setValueAtTime(LOUD, currentTime);
    volume.gain.exponentialRampToValueAtTime(SILENT, currentTime + LENGTH);
    tone.connect(volume).connect(destination);
    tone.start();
    tone.stop(currentTime + LENGTH);
  }
}
