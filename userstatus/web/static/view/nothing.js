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

  /**
   * @param {boolean} lines whether there are any
   * @param {boolean} reading whether older messages are being read
   * @param {import("../data/backlog.js").Backlog} backlog
   */
  explain(lines, reading, { messages, more, live }) {
    const among =
      more || !live ? ` among the ${messages.length.toLocaleString("en")} that have been read` : "";
    if (lines) this.show("");
    else if (reading) this.show("Reading older messages…");
    else if (!messages.length) this.show("No messages yet.");
    else this.show(`No messages${among} match your search and levels.`, true);
  }

  /** @param {string} words empty if there are lines @param {boolean} [filtered] whether there would be lines without a filter */
  show(words, filtered = false) {
    this.element.hidden = !words;
    this.#words.textContent = words;
    this.#all.hidden = !filtered;
  }
}
