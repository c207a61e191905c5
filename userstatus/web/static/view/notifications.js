/** The browser's notifications of messages, for a viewer who looks elsewhere. */

import { LEVELS } from "../data/levels.js";
import { names } from "../data/silence.js";
import { withName } from "../data/site-names.js";
import { tellingLine } from "../data/text.js";

/** @typedef {import("../data/feed.js").Message} Message */

const CAN_BE_SHOWN = "Notification" in window && isSecureContext;
// During this, no other one is shown, unless it is of something worse; what comes meanwhile is told in the next one.
const INTERVAL_MS = 1000;

/** Event: `open` (detail: a message), when the viewer has clicked on its notification. */
export class Notifications extends EventTarget {
  #nameOf;
  #refused = false; // on phones, browsers have the class, but do not let a page use it
  /** @type {Message[]} that came too soon after the last notification */
  #held = [];
  #level = -1; // of the last notification, an index of LEVELS
  #shown = -INTERVAL_MS; // when that was
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting = undefined;

  /** @param {(code: string) => string} nameOf how people call a site; empty if nobody has said */
  constructor(nameOf) {
    super();
    this.#nameOf = nameOf;
  }

  close() {
    clearTimeout(this.#waiting);
  }

  /** What keeps them from being shown; empty if nothing does. */
  get obstacle() {
    if (this.#refused) return "This browser shows no notifications of a page: here, only a sound can be had.";
    if (!CAN_BE_SHOWN) return "Notifications need a page over https: here, only a sound can be had.";
    if (Notification.permission === "denied")
      return "This browser has been told to show no notifications of this page.";
    return Notification.permission === "granted"
      ? ""
      : "This browser has not yet been allowed to show notifications of this page: choose again.";
  }

  /** Ask for the permission. To be called on a click, without which browsers do not ask. */
  async request() {
    if (CAN_BE_SHOWN) await Notification.requestPermission();
  }

  /** Show a message, together with others if there are many. @param {Message} message */
  show(message) {
    if (isLookedAt() || this.obstacle) return;
    this.#held.push(message);
    // Not by the timer alone, which browsers delay in a page that is hidden.
    const isOver = performance.now() - this.#shown >= INTERVAL_MS;
    if (isOver || LEVELS.indexOf(message.log_level) > this.#level) this.#showHeld();
  }

  #showHeld() {
    clearTimeout(this.#waiting);
    const held = this.#held;
    this.#held = [];
    if (!held.length || isLookedAt()) return;
    this.#shown = performance.now();
    this.#waiting = setTimeout(() => this.#showHeld(), INTERVAL_MS);
    try {
      this.#notify(held);
    } catch {
      this.#refused = true;
    }
  }

  /** @param {Message[]} held the worst of them is what the notification leads to */
  #notify(held) {
    const level = Math.max(...held.map(({ log_level }) => LEVELS.indexOf(log_level)));
    this.#level = level;
    const worst = /** @type {Message} */ (held.findLast(({ log_level }) => log_level === LEVELS[level]));
    const { id, site, log_level } = worst;
    const others = held.filter((each) => each !== worst);
    const sites = [...new Set(others.map((each) => each.site))];
    const more = others.length ? `\n${others.length} more: ${names(sites)}` : "";
    // The tag keeps several pages of one browser from telling the same twice.
    const shown = new Notification(`${withName(site, this.#nameOf(site))}: ${log_level}`, {
      body: tellingLine(worst.message) + more,
      tag: `userstatus ${site} ${id}`,
    });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      this.dispatchEvent(new CustomEvent("open", { detail: worst }));
    });
  }
}

/** A page that can be seen beside another window is not looked at. */
function isLookedAt() {
  return !document.hidden && document.hasFocus();
}
