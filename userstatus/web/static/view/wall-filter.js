/** The box that filters the tiles of the wall, and how many it hides. */

import { element } from "./element.js";

/** Event: `filter`, when another text is looked for. */
export class WallFilter extends EventTarget {
  #box = element("input", {
    id: "filter",
    type: "search",
    placeholder: "Filter sites ( / )",
    "aria-label": "Filter sites",
    autocomplete: "off",
    spellcheck: "false",
  });
  #words = element("span", { role: "status" });
  #all = element("button", { type: "button" }, "Show all");
  element = this.#box;
  /** Says how many sites are hidden. */
  hint = element("p", { id: "hidden", hidden: true }, this.#words, " ", this.#all);

  constructor() {
    super();
    this.#box.addEventListener("input", () => this.#changed());
    this.#all.addEventListener("click", () => {
      this.#clear();
      this.focus();
    });
  }

  /** What is looked for. */
  get text() {
    return this.#box.value.trim();
  }

  focus() {
    this.#box.focus();
    this.#box.select();
  }

  /** Clear the box; leave it if it is empty. */
  escape() {
    if (this.#box.value) this.#clear();
    else this.#box.blur();
  }

  /** @param {number} hidden sites @param {number} all of them */
  showHidden(hidden, all) {
    const which =
      hidden === all ? `All ${all} sites are` : hidden === 1 ? "1 site is" : `${hidden} sites are`;
    const words = hidden ? `${which} hidden by the filter` : "";
    if (this.#words.textContent !== words) this.#words.textContent = words;
    this.hint.hidden = !hidden;
  }

  #clear() {
    this.#box.value = "";
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("filter"));
  }
}
