/** The part of the menu that saves and prints messages: of which period, as what, and how far it is. */

import { FORMATS } from "../data/export.js";
import { element } from "./element.js";
import { PeriodChoice } from "./period-choice.js";

/**
 * Events: `save` (detail: a format, or `print`); `stop`.
 */
export class SaveMenu extends EventTarget {
  periodChoice;
  #outputs;
  #progress = element("progress", { max: 1, "aria-label": "Reading messages" });
  #counts = element("span");
  #stop = element("button", { type: "button" }, "Stop");
  #reading = element("p", { class: "reading", hidden: true }, this.#progress, this.#counts, this.#stop);
  #result = element("p", { class: "hint", role: "status" });

  /** @param {import("../data/view-state.js").ViewState} view */
  constructor(view) {
    super();
    this.periodChoice = new PeriodChoice(view);
    this.#outputs = [...Object.keys(FORMATS), "print"].map((output) => this.#button(output));
    this.#stop.addEventListener("click", () => this.dispatchEvent(new Event("stop")));
    this.element = element(
      "fieldset",
      { class: "save" },
      element("legend", {}, "Save or print what matches, received in "),
      this.periodChoice.element,
      element("span", { class: "outputs" }, ...this.#outputs),
      this.#reading,
      this.#result,
    );
  }

  /** @param {import("../data/period-reader.js").Progress} progress */
  showProgress({ read, matching, done }) {
    this.#reading.hidden = false;
    this.#progress.value = done;
    this.#counts.textContent = `${read.toLocaleString("en")} read, ${matching.toLocaleString("en")} match`;
    this.#result.textContent = "";
    for (const button of this.#outputs) button.disabled = true;
  }

  /** @param {string} words what has become of it */
  showResult(words) {
    this.#reading.hidden = true;
    this.#result.textContent = words;
    for (const button of this.#outputs) button.disabled = false;
  }

  /** @param {string} output */
  #button(output) {
    const button = element("button", { type: "button" }, output === "print" ? "Print" : output.toUpperCase());
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("save", { detail: output })));
    return button;
  }
}
