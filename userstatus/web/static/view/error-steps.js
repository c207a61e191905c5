/** The way from error to error by buttons, for those who have no keys. */

import { SYMBOLS } from "../data/levels.js";
import { element } from "./element.js";

/** Event: `step` (detail: 1 or -1), to the next or the previous message that is an error or worse. */
export class ErrorSteps extends EventTarget {
  element = element(
    "span",
    { class: "error-steps" },
    this.#button(-1, "Previous error", "E", `${SYMBOLS.error}↑`),
    this.#button(1, "Next error", "e", `${SYMBOLS.error}↓`),
  );

  /** @param {number} step @param {string} name @param {string} key @param {string} words */
  #button(step, name, key, words) {
    const button = element(
      "button",
      { type: "button", "aria-label": name, title: `${name} ( ${key} )` },
      words,
    );
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("step", { detail: step })));
    return button;
  }
}
