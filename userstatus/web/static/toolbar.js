/** The bar above the tail: how things stand, and what the viewer can choose. */

import { FORMATS } from "./download.js";
import { element } from "./element.js";
import { LEVELS, SIGNS } from "./levels.js";

/** @typedef {import("./levels.js").Level} Level */

const KEYS = {
  "/": "search",
  Home: "oldest",
  End: "newest",
  f: "follow or stay",
  t: "time zone",
  Escape: "back to the lines",
};

/**
 * Events: `view`, when the view has been changed; `save` (detail: a format); `alert` (detail: level and sound).
 */
export class Toolbar extends EventTarget {
  /** @param {import("./view.js").View} view that is shown and changed here */
  constructor(view) {
    super();
    this.view = view;
    this._state = element("span", { class: "state", role: "status", "data-state": "connecting" });
    this._last = element("span", { class: "last" });
    this._search = element("input", {
      class: "search",
      type: "search",
      placeholder: "Search  ( / )",
      "aria-label": "Search in messages",
      spellcheck: "false",
      autocomplete: "off",
      value: view.search,
    });
    this._search.addEventListener("input", () => {
      this.view.search = this._search.value;
      this._changed();
    });
    this._zone = element("button", { class: "zone", type: "button" });
    this._zone.addEventListener("click", () => this.switchZone());
    this._hint = element("p", { class: "hint", role: "status" });
    this.element = element(
      "div",
      { class: "bar" },
      this._state,
      this._last,
      this._search,
      this._levels(),
      this._zone,
      element(
        "details",
        { class: "more" },
        element("summary", {}, "More"),
        element("div", {}, this._formats(), this._alert(), this._hint, keys()),
      ),
    );
  }

  /** How the connection stands. @param {string} state @param {string} words */
  say(state, words) {
    this._state.dataset.state = state;
    if (this._state.textContent !== words) this._state.textContent = words;
  }

  /** When something was last heard. @param {string} words */
  heard(words) {
    this._last.textContent = words;
  }

  /** What there is to know about the alert that was chosen. @param {string} words */
  hint(words) {
    this._hint.textContent = words;
  }

  /** @param {string} zone the name of the time zone that is shown */
  zone(zone) {
    const other = this.view.local ? "UTC" : "local time";
    this._zone.textContent = zone;
    this._zone.setAttribute("aria-label", `Times are ${zone}: switch to ${other}`);
  }

  switchZone() {
    this.view.local = !this.view.local;
    this._changed();
  }

  /** Type what to search for. */
  search() {
    this._search.focus();
    this._search.select();
  }

  _changed() {
    this.dispatchEvent(new Event("view"));
  }

  _levels() {
    const boxes = LEVELS.map((level) => {
      const box = element("input", { type: "checkbox", value: level, checked: this.view.levels.has(level) });
      box.addEventListener("change", () => {
        if (box.checked) this.view.levels.add(level);
        else this.view.levels.delete(level);
        this._changed();
      });
      return element("label", { class: level }, box, `${SIGNS[level]} ${level}`);
    });
    return element(
      "fieldset",
      { class: "levels" },
      element("legend", { class: "unseen" }, "Levels"),
      ...boxes,
    );
  }

  _formats() {
    const buttons = Object.keys(FORMATS).flatMap((format) => {
      const button = element("button", { type: "button", value: format }, format.toUpperCase());
      button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("save", { detail: format })));
      return [button, " "];
    });
    return element("p", { class: "formats" }, "Save what is shown as ", ...buttons);
  }

  _alert() {
    const sound = element("input", { class: "sound", type: "checkbox" });
    const choices = ["", ...LEVELS].map((level) =>
      element("input", { type: "radio", name: "alert", value: level, checked: level === "" }),
    );
    const choose = () => {
      const level = choices.find(({ checked }) => checked)?.value;
      this.dispatchEvent(new CustomEvent("alert", { detail: { level, sound: sound.checked } }));
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
  const described = Object.entries(KEYS).flatMap(([key, does]) => [
    element("dt", {}, element("kbd", {}, key)),
    element("dd", {}, does),
  ]);
  return element("dl", { class: "keys" }, ...described);
}
