/** Alerts the viewer of what arrives and is not muted, whatever is looked at: by a notification, and by a sound. */

import { now } from "../data/clock.js";
import { LEVELS } from "../data/levels.js";
import { isMuted } from "../data/mutes.js";
import { AlertChoice } from "./alert-choice.js";
import { Notifications } from "./notifications.js";
import { Tone } from "./tone.js";

/** @typedef {import("../data/feed.js").Message} Message */

const MIN_INTERVAL_S = 1; // between sounds, unless the next message is worse

/** Event: `open` (detail: a message), when the viewer wants to see what a notification was about. */
export class Alerts extends EventTarget {
  #siteOf;
  #choice = new AlertChoice();
  #notifications;
  #tone = new Tone();
  #last = { time: 0, level: -1 };
  /** The bell, for the bar. */
  element = this.#choice.element;

  /** @param {(code: string) => import("../data/statistics.js").SiteStatistics | undefined} siteOf what is known of a site */
  constructor(siteOf) {
    super();
    this.#siteOf = siteOf;
    this.#notifications = new Notifications((code) => siteOf(code)?.name ?? "");
    this.#choice.addEventListener("choose", () => this.#chosen());
    this.#tone.addEventListener("change", () => this.#showObstacles());
    this.#notifications.addEventListener("open", (event) =>
      this.dispatchEvent(new CustomEvent("open", { detail: /** @type {CustomEvent} */ (event).detail })),
    );
    if (this.#sounds) this.#tone.prepare();
    this.#showObstacles();
  }

  close() {
    this.#notifications.close();
    this.#tone.close();
  }

  /** @param {Message} message that has just arrived */
  notify(message) {
    const level = LEVELS.indexOf(message.log_level);
    if (this.#choice.level < 0 || level < this.#choice.level) return;
    if (isMuted(message, this.#siteOf(message.site), now())) return;
    this.#notifications.show(message);
    if (now() - this.#last.time >= MIN_INTERVAL_S || level > this.#last.level) {
      this.#last = { time: now(), level };
      if (this.#choice.sound) this.#tone.play();
    }
    this.#showObstacles();
  }

  get #sounds() {
    return this.#choice.level >= 0 && this.#choice.sound;
  }

  async #chosen() {
    if (this.#sounds) this.#tone.play();
    if (this.#choice.level >= 0) await this.#notifications.request();
    this.#showObstacles();
  }

  /** Show what keeps an alert from being seen or heard. */
  #showObstacles() {
    const on = this.#choice.level >= 0;
    this.#choice.showHint(on ? this.#notifications.obstacle : "");
    this.#choice.showWaiting(this.#sounds && this.#tone.waiting);
  }
}
