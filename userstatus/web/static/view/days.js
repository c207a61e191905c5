/** The days that messages are kept for, the newest on the right: a button for each, with its messages as one bar. */

import { part } from "../data/activity.js";
import { byLevel, worst } from "../data/levels.js";
import { element } from "./element.js";

/** Event: `day` (detail: how many days before the last 24 hours), when the viewer wants to see another one. */
export class Days extends EventTarget {
  element = element("div", { class: "days", role: "group", "aria-label": "Days", hidden: true });
  #shown = "";

  /**
   * @param {import("../data/statistics.js").Activity} counted
   * @param {number} steps of a day
   * @param {number} current how many days before the last 24 hours
   * @param {import("../data/clock.js").Clock} clock
   * @param {Set<string> | null} levels that are shown; null if something is searched for: then nothing is known of the days
   */
  show(counted, steps, current, clock, levels) {
    const count = Math.ceil(counted.counts.info.length / steps);
    this.element.hidden = count < 2;
    const days = Array.from({ length: count }, (_, number) => {
      const before = count - 1 - number;
      const day = part(counted, counted.counts.info.length - (before + 1) * steps, steps);
      /** @param {import("../data/levels.js").Level} each */
      const sum = (each) => (levels?.has(each) ? day.counts[each].reduce((total, one) => total + one, 0) : 0);
      const level = worst(byLevel(sum));
      const name = before ? clock.day(day.start).slice(5, 10) : "last 24 h";
      const title = before ? `24 hours from ${clock.moment(day.start)}` : name;
      const said = level ? `, worst: ${level}` : ", no messages";
      return { before, level, name, title, words: levels ? title + said : title };
    });
    const shown = JSON.stringify([days, current]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const root = /** @type {ShadowRoot | Document} */ (this.element.getRootNode());
    const focused = this.element.contains(root.activeElement);
    this.element.replaceChildren(...days.map((day) => this.#button(day, current)));
    const pressed = /** @type {HTMLElement | null} */ (this.element.querySelector('[aria-pressed="true"]'));
    if (focused) pressed?.focus();
    if (pressed) this.#bringIntoView(pressed);
  }

  /** Where there is no room for all days, scroll the row, and nothing else, to one of them. @param {HTMLElement} button */
  #bringIntoView(button) {
    const row = this.element.getBoundingClientRect();
    const { left, right } = button.getBoundingClientRect();
    this.element.scrollLeft += Math.max(0, right - row.right) + Math.min(0, left - row.left);
  }

  /** @param {{before: number, level: string | undefined, name: string, title: string, words: string}} day @param {number} current */
  #button({ before, level, name, title, words }, current) {
    const attributes = {
      type: "button",
      class: level ?? "",
      title,
      "aria-pressed": String(before === current),
    };
    const button = element("button", { ...attributes, "aria-label": words }, name);
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("day", { detail: before })));
    return button;
  }
}
