/** The choice of the period of time that is saved or printed. */

import { lastHours, writeTime } from "../data/period.js";
import { typedTime } from "../data/time-input.js";
import { element } from "./element.js";

/** @typedef {import("../data/period.js").Period} Period */

const DAY_H = 24;
const CHOICES = {
  shown: "what the page shows",
  12: "the last 12 hours",
  [DAY_H]: "the last 24 hours",
  all: "all that is kept",
  times: "from … to …",
};

export class PeriodChoice {
  #view;
  #choice;
  #wasChosen = false;
  // Not the browser's own fields for times: they have 12 hours in many places, and are glaring in red.
  #from = timeField("From");
  #to = timeField("To");
  #zone = element("span");
  #times = element("span", { class: "times", hidden: true }, this.#from, " to ", this.#to, " ", this.#zone);

  /** @param {import("../data/view-state.js").ViewState} view in whose time zone times are entered */
  constructor(view) {
    this.#view = view;
    const options = Object.entries(CHOICES).map(([value, words]) => element("option", { value }, words));
    this.#choice = element("select", { "aria-label": "Period" }, ...options);
    this.#choice.value = String(DAY_H);
    this.#choice.addEventListener("change", () => this.#chosen());
    this.element = element("span", {}, this.#choice, " ", this.#times);
  }

  /**
   * @param {number} now unix seconds
   * @param {Period} shown the period that the page holds
   * @returns {Period | null} null if no period was entered
   */
  period(now, shown) {
    const { value } = this.#choice;
    if (value === "shown") return shown;
    if (value === "all") return { from: null, to: now };
    if (value !== "times") return lastHours(Number(value), now);
    const [from, to] = [this.#from, this.#to].map((field) => typedTime(field.value, now, this.#view.local));
    return from !== null && to !== null && from < to ? { from, to } : null;
  }

  /** Offer the last day, or what the page shows if that is of another one. @param {boolean} recent whether the viewer sees the last day */
  offer(recent) {
    if (!this.#wasChosen) this.#choice.value = recent ? String(DAY_H) : "shown";
  }

  /** @param {string} zone the name of the page's time zone */
  showZone(zone) {
    this.#zone.textContent = zone;
  }

  #chosen() {
    this.#wasChosen = true;
    this.#times.hidden = this.#choice.value !== "times";
    if (this.#times.hidden || this.#from.value || this.#to.value) return;
    const now = Date.now() / 1000;
    this.#from.value = writeTime(now - DAY_H * 3600, this.#view.local);
    this.#to.value = writeTime(now, this.#view.local);
  }
}

/** @param {string} name */
function timeField(name) {
  const placeholder = "2026-11-24 06:00";
  return element("input", { class: "moment", size: placeholder.length, placeholder, "aria-label": name });
}
