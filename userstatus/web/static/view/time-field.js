/** The field for a time to go to. */

import { now } from "../data/clock.js";
import { typedTime } from "../data/time-input.js";
import { element } from "./element.js";

const HELP = "02:13, 2026-11-23 02:13, 2026-11-23T02:13Z or 3h ago";

/** Event: `time` (detail: unix seconds), when the viewer wants to go there. */
export class TimeField extends EventTarget {
  #view;
  #box = element("input", {
    class: "time-box",
    type: "text",
    placeholder: "Go to time  ( g )",
    title: HELP,
    "aria-label": "Go to a time",
    "aria-describedby": "time-wrong",
    spellcheck: "false",
    autocomplete: "off",
  });
  #wrong = element("span", { class: "wrong", role: "status", id: "time-wrong" });

  /** @param {import("../data/view-state.js").ViewState} view whose time zone is that of what is typed */
  constructor(view) {
    super();
    this.#view = view;
    this.element = element("span", { class: "time-field" }, this.#box, this.#wrong);
    this.#box.addEventListener("keydown", (event) => this.#press(event));
    this.#box.addEventListener("input", () => this.#tell(""));
  }

  focus() {
    this.#box.focus();
    this.#box.select();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "Escape" && this.#box.value) {
      this.#box.value = "";
      this.#tell("");
      event.preventDefault();
    }
    if (event.key !== "Enter" || !this.#box.value) return;
    event.preventDefault();
    const time = typedTime(this.#box.value, now(), this.#view.local);
    this.#tell(time === null ? `Write it like ${HELP}` : "");
    if (time !== null) this.dispatchEvent(new CustomEvent("time", { detail: time }));
  }

  /** @param {string} wrong */
  #tell(wrong) {
    this.#wrong.textContent = wrong;
    this.#box.setAttribute("aria-invalid", String(wrong !== ""));
  }
}
