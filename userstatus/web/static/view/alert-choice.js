/** What to alert the viewer about, and how. */

import { LEVELS } from "../data/levels.js";
import { element } from "./element.js";

/** Event: `notify` (detail: level and sound). */
export class AlertChoice extends EventTarget {
  #hint = element("p", { class: "hint", role: "status" });

  constructor() {
    super();
    const sound = element("input", { class: "sound", type: "checkbox" });
    const choices = ["", ...LEVELS].map((level) =>
      element("input", { type: "radio", name: "alert", value: level, checked: level === "" }),
    );
    const choose = () => {
      const level = choices.find(({ checked }) => checked)?.value;
      this.dispatchEvent(new CustomEvent("notify", { detail: { level, sound: sound.checked } }));
    };
    for (const input of [...choices, sound]) input.addEventListener("change", choose);
    const fieldset = element(
      "fieldset",
      { class: "alert" },
      element("legend", {}, "Alert me, with a notification while I look elsewhere"),
      ...choices.map((choice) =>
        element("label", { class: choice.value }, choice, choice.value ? `from ${choice.value}` : "never"),
      ),
      element("label", {}, sound, "and with a sound"),
    );
    this.element = element("div", {}, fieldset, this.#hint);
  }

  /** Show what keeps notifications from being shown. @param {string} words */
  showHint(words) {
    this.#hint.textContent = words;
  }
}
