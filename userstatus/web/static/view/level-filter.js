/** The check boxes for the levels that are shown. */

import { LEVELS, SYMBOLS } from "../data/levels.js";
import { element } from "./element.js";

/** Event: `view`, when the view state has been changed. */
export class LevelFilter extends EventTarget {
  #levels;
  #boxes = new Map();

  /** @param {import("../data/view-state.js").ViewState} view that is shown and changed here */
  constructor(view) {
    super();
    this.#levels = view.levels;
    const legend = element("legend", { class: "unseen" }, "Levels");
    this.element = element(
      "fieldset",
      { class: "levels" },
      legend,
      ...LEVELS.map((level) => this.#box(level)),
    );
  }

  /** Show what is chosen. */
  show() {
    for (const [level, box] of this.#boxes) box.checked = this.#levels.has(level);
  }

  /** @param {import("../data/levels.js").Level} level */
  #box(level) {
    const box = element("input", { type: "checkbox", value: level, checked: this.#levels.has(level) });
    this.#boxes.set(level, box);
    box.addEventListener("change", () => {
      if (box.checked) this.#levels.add(level);
      else this.#levels.delete(level);
      this.dispatchEvent(new Event("view"));
    });
    return element("label", { class: level }, box, `${SYMBOLS[level]} ${level}`);
  }
}
