/** What stands in the place of lines where there are none: why, and the way out. */

import { element } from "./element.js";

/** Event: `all`, when everything is to be shown. */
export class Nothing extends EventTarget {
  #words = element("p");
  #all = element("button", { type: "button" }, "Show all");

  constructor() {
    super();
    this.element = element("div", { class: "nothing", hidden: true }, this.#words, this.#all);
    this.#all.addEventListener("click", () => this.dispatchEvent(new Event("all")));
  }

  /** @param {string} words empty if there are lines @param {boolean} [filtered] whether there would be lines without a filter */
  show(words, filtered = false) {
    this.element.hidden = !words;
    this.#words.textContent = words;
    this.#all.hidden = !filtered;
  }
}
