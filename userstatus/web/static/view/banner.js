/** A sentence above the lines that the viewer can dismiss. */

import { element } from "./element.js";

export class Banner {
  #text = element("span");

  constructor() {
    const dismiss = element("button", { type: "button", "aria-label": "Dismiss" }, "×");
    this.element = element("div", { class: "banner", role: "alert", hidden: true }, this.#text, dismiss);
    dismiss.addEventListener("click", () => {
      this.element.hidden = true;
    });
  }

  /** @param {string} text */
  show(text) {
    this.#text.textContent = text;
    this.element.hidden = false;
  }
}
