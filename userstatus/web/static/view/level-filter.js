/** The check boxes for the levels that are shown, and the one site if only one is. */

import { LEVELS, SYMBOLS } from "../data/levels.js";
import { onlyLevel } from "../data/view-state.js";
import { element } from "./element.js";

/** @typedef {import("../data/levels.js").Level} Level */

/** Event: `view`, when the view state has been changed. */
export class LevelFilter extends EventTarget {
  #view;
  #boxes = LEVELS.map((level) => element("input", { type: "checkbox", value: level }));
  #only = LEVELS.map(() => element("button", { type: "button", class: "only" }));
  #site = element("button", { type: "button", class: "chip" });

  /** @param {import("../data/view-state.js").ViewState} view that is shown and changed here */
  constructor(view) {
    super();
    this.#view = view;
    const legend = element("legend", { class: "unseen" }, "Levels");
    this.element = element(
      "fieldset",
      { class: "levels" },
      legend,
      ...LEVELS.map((level, place) => this.#part(level, place)),
      this.#site,
    );
    this.#site.addEventListener("click", () => {
      this.#view.only = null;
      this.#changed();
    });
    this.show();
  }

  /** Show what is chosen. */
  show() {
    const { levels, only } = this.#view;
    LEVELS.forEach((level, place) => {
      this.#boxes[place].checked = levels.has(level);
      const isOnly = levels.size === 1 && levels.has(level);
      this.#only[place].textContent = isOnly ? "all levels" : `only ${level}`;
    });
    this.#site.hidden = only === null;
    this.#site.textContent = `only ${only} ×`;
    this.#site.setAttribute("aria-label", `Only ${only} is shown: show all sites`);
  }

  /** @param {Level} level @param {number} place */
  #part(level, place) {
    const [box, only] = [this.#boxes[place], this.#only[place]];
    box.addEventListener("change", () => {
      const chosen = LEVELS.filter((_, each) => this.#boxes[each].checked);
      this.#view.levels = new Set(chosen);
      this.#changed();
    });
    only.addEventListener("click", () => {
      onlyLevel(this.#view, level);
      this.#changed();
    });
    return element("span", {}, element("label", { class: level }, box, `${SYMBOLS[level]} ${level}`), only);
  }

  #changed() {
    this.show();
    this.dispatchEvent(new Event("view"));
  }
}
