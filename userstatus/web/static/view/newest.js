/** What lies over the lines of a viewer who reads further up: the day of the first one, and the way back to the newest. */

import { element } from "./element.js";

/** Event: `newest`, when the viewer wants to see the newest line. */
export class Newest extends EventTarget {
  #unread = 0; // lines that have been added meanwhile
  #following = true;
  #day = element("div", { class: "today", "aria-hidden": "true", hidden: true });
  #button = element("button", { class: "new", type: "button", hidden: true });
  elements = [this.#day, this.#button];

  constructor() {
    super();
    this.#button.addEventListener("click", () => this.dispatchEvent(new Event("newest")));
  }

  /** @param {boolean} following whether the newest line stays visible */
  set following(following) {
    this.#following = following;
    this.#unread = 0;
    this.#offer();
  }

  /** @param {string} day of the first visible line */
  showDay(day) {
    this.#day.textContent = day;
  }

  /** @param {number} count of lines that have been added */
  add(count) {
    if (!this.#following) this.#unread += count;
    this.#offer();
  }

  #offer() {
    this.#button.hidden = this.#following;
    this.#day.hidden = this.#following;
    this.#button.textContent = this.#unread ? `${this.#unread} new ↓` : "newest ↓";
  }
}
