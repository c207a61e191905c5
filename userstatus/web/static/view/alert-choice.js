/** The bell on the bar: what to alert the viewer about and whether with a sound, and the menu in which to choose it. */

import { LEVELS } from "../data/levels.js";
import { bell } from "./bell.js";
import { element } from "./element.js";
import { Popup } from "./popup.js";
import { recall, remember } from "./preferences.js";

/** By the lowest level. @type {Record<string, string>} */
const WORDS = {
  "": "nothing",
  debug: "everything",
  info: "info and worse",
  warning: "warnings and worse",
  error: "errors and worse",
  critical: "criticals",
};

/** Event: `choose`, when the viewer has chosen. The choice holds for the next page as well. */
export class AlertChoice extends EventTarget {
  #hint = element("p", { class: "hint", role: "status" });
  #waiting = element("span", { class: "waiting", role: "status" });
  #bell = bell();
  #about = element("span");
  #what = element("span");
  #sounding = element("span", { class: "unseen" });
  #levels;
  #sound;

  constructor() {
    super();
    const level = recall("alert") ?? "";
    const choices = Object.keys(WORDS).map((value) =>
      element("input", { type: "radio", name: "alert", value, checked: value === level }),
    );
    this.#levels = choices;
    this.#sound = element("input", { class: "sound", type: "checkbox", checked: recall("sound") === "on" });
    for (const input of [...choices, this.#sound]) input.addEventListener("change", () => this.#choose());
    const fieldset = element(
      "fieldset",
      {},
      element("legend", {}, "Alert me about"),
      ...choices.map((choice) => element("label", { class: choice.value }, choice, WORDS[choice.value])),
    );
    const popup = new Popup(
      "alert",
      [this.#bell, this.#about, this.#what, this.#sounding],
      fieldset,
      element("p", {}, element("label", {}, this.#sound, "with a sound")),
      element(
        "p",
        { class: "note" },
        "Whatever the search and the levels are. A notification comes while you look elsewhere. " +
          "Of a muted site, only what is worse than what was muted.",
      ),
      this.#hint,
    );
    this.element = element("div", { class: "alerts" }, popup.element, this.#waiting);
    this.#show();
  }

  /** The lowest level to alert about, as an index of LEVELS; -1 for none. */
  get level() {
    const chosen = this.#levels.find(({ checked }) => checked)?.value;
    return LEVELS.indexOf(/** @type {import("../data/levels.js").Level} */ (chosen));
  }

  get sound() {
    return this.#sound.checked;
  }

  /** Show what keeps notifications from being shown. @param {string} words */
  showHint(words) {
    if (this.#hint.textContent !== words) this.#hint.textContent = words;
  }

  /** @param {boolean} waiting whether the browser is silent until the viewer does something */
  showWaiting(waiting) {
    const words = waiting ? "click anywhere to hear alerts" : "";
    if (this.#waiting.textContent !== words) this.#waiting.textContent = words;
  }

  #choose() {
    remember("alert", LEVELS[this.level] ?? "");
    remember("sound", this.sound ? "on" : "off");
    this.#show();
    this.dispatchEvent(new Event("choose"));
  }

  /** Show on the bell what is chosen. */
  #show() {
    const on = this.level >= 0;
    this.element.classList.toggle("on", on);
    this.element.classList.toggle("sounding", on && this.sound);
    this.#about.className = on ? "unseen" : "";
    this.#about.textContent = on ? "Alert me about " : "Alert me";
    this.#what.className = on ? "" : "unseen";
    this.#what.textContent = on ? WORDS[LEVELS[this.level]] : " about nothing";
    this.#sounding.textContent = on && this.sound ? " with a sound" : "";
  }
}
