/** The bar above the log: the state of the connection, and what the viewer can choose. */

import { FORMATS } from "../data/export.js";
import { LEVELS, SYMBOLS } from "../data/levels.js";
import { element } from "./element.js";
import { KEYS } from "./keys.js";

/**
 * Events: `view`, when the view state has been changed; `save` (detail: a format); `notify` (detail: level and sound).
 */
export class Toolbar extends EventTarget {
  #view;
  #state = element("span", { class: "state", role: "status", "data-state": "connecting" });
  #last = element("span", { class: "last" });
  #search;
  #zone = element("button", { class: "zone", type: "button" });
  #hint = element("p", { class: "hint", role: "status" });

  /** @param {import("../data/view-state.js").ViewState} view that is shown and changed here */
  constructor(view) {
    super();
    this.#view = view;
    this.#search = this.#searchBox();
    this.#zone.addEventListener("click", () => this.switchZone());
    this.element = element(
      "div",
      { class: "bar" },
      this.#state,
      this.#last,
      this.#search,
      this.#levels(),
      this.#zone,
      element(
        "details",
        { class: "more" },
        element("summary", {}, "More"),
        element("div", {}, this.#formats(), this.#notifications(), this.#hint, keys()),
      ),
    );
  }

  /** Show the state of the connection. @param {string} state @param {string} words */
  showState(state, words) {
    this.#state.dataset.state = state;
    if (this.#state.textContent !== words) this.#state.textContent = words;
  }

  /** Show when the last message was. @param {string} words */
  showLast(words) {
    this.#last.textContent = words;
  }

  /** Show what keeps notifications from being shown. @param {string} words */
  showHint(words) {
    this.#hint.textContent = words;
  }

  /** @param {string} zone the name of the current time zone */
  showZone(zone) {
    const other = this.#view.local ? "UTC" : "local time";
    this.#zone.textContent = zone;
    this.#zone.setAttribute("aria-label", `Times are ${zone}: switch to ${other}`);
  }

  switchZone() {
    this.#view.local = !this.#view.local;
    this.#changed();
  }

  focusSearch() {
    this.#search.focus();
    this.#search.select();
  }

  #changed() {
    this.dispatchEvent(new Event("view"));
  }

  #searchBox() {
    const box = element("input", {
      class: "search",
      type: "search",
      placeholder: "Search  ( / )",
      "aria-label": "Search in messages",
      spellcheck: "false",
      autocomplete: "off",
      value: this.#view.search,
    });
    box.addEventListener("input", () => {
      this.#view.search = box.value;
      this.#changed();
    });
    return box;
  }

  #levels() {
    const { levels } = this.#view;
    const boxes = LEVELS.map((level) => {
      const box = element("input", { type: "checkbox", value: level, checked: levels.has(level) });
      box.addEventListener("change", () => {
        if (box.checked) levels.add(level);
        else levels.delete(level);
        this.#changed();
      });
      return element("label", { class: level }, box, `${SYMBOLS[level]} ${level}`);
    });
    const legend = element("legend", { class: "unseen" }, "Levels");
    return element("fieldset", { class: "levels" }, legend, ...boxes);
  }

  #formats() {
    const buttons = Object.keys(FORMATS).flatMap((format) => {
      const button = element("button", { type: "button", value: format }, format.toUpperCase());
      button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("save", { detail: format })));
      return [button, " "];
    });
    return element("p", { class: "formats" }, "Save what is shown as ", ...buttons);
  }

  #notifications() {
    const sound = element("input", { class: "sound", type: "checkbox" });
    const choices = ["", ...LEVELS].map((level) =>
      element("input", { type: "radio", name: "alert", value: level, checked: level === "" }),
    );
    const choose = () => {
      const level = choices.find(({ checked }) => checked)?.value;
      this.dispatchEvent(new CustomEvent("notify", { detail: { level, sound: sound.checked } }));
    };
    for (const input of [...choices, sound]) input.addEventListener("change", choose);
    return element(
      "fieldset",
      { class: "alert" },
      element("legend", {}, "Alert me, with a notification while I look elsewhere"),
      ...choices.map((choice) =>
        element("label", { class: choice.value }, choice, choice.value ? `from ${choice.value}` : "never"),
      ),
      element("label", {}, sound, "and with a sound"),
    );
  }
}

function keys() {
  const described = Object.entries(KEYS).flatMap(([key, { description }]) => [
    element("dt", {}, element("kbd", {}, key)),
    element("dd", {}, description),
  ]);
  return element("dl", { class: "keys" }, ...described);
}
