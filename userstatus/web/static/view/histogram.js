/** The last 24 hours as bars, in which the visible part of the log is marked. A click, a drag or a key goes to a time. */

import { bars } from "./bars.js";
import { element } from "./element.js";

/** @typedef {import("../data/clock.js").Clock} Clock */
/** @typedef {import("../data/statistics.js").Statistics} Statistics */

const DAY_S = 86_400;
export const STEP_S = 900; // per bar
const LABEL_STEP_S = 3 * 3600;
const KEY_STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 };

/** Event: `jump` (detail: unix seconds). */
export class Histogram extends EventTarget {
  #statistics;
  #clock;
  #bars = element("div", { class: "bars" });
  #visible = element("div", { class: "seen", hidden: true });
  #hours = element("div", { class: "hours", "aria-hidden": "true" });
  #position = 1; // where the viewer is, as a share of the day
  #from = 0; // the time of the first visible line, in unix seconds
  #drawing = 0;

  /** @param {Statistics} statistics @param {Clock} clock */
  constructor(statistics, clock) {
    super();
    this.#statistics = statistics;
    this.#clock = clock;
    this.element = element(
      "div",
      {
        class: "histogram",
        role: "slider",
        tabindex: 0,
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": 100,
        "aria-label": "Messages of the last 24 hours: jump to a time",
      },
      element("div", { class: "plot" }, this.#bars, this.#visible),
      this.#hours,
    );
    statistics.addEventListener("change", () => this.#draw());
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      this.#point(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (event.buttons) this.#point(event);
    });
    this.element.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param {Clock} clock that the hours are shown by */
  set clock(clock) {
    this.#clock = clock;
    this.#draw();
  }

  close() {
    cancelAnimationFrame(this.#drawing);
  }

  /** Mark the visible part. @param {number} from unix seconds @param {number} to unix seconds */
  mark(from, to) {
    const start = this.#start();
    if (start === undefined) return;
    const share = (/** @type {number} */ time) => Math.min(1, Math.max(0, (time - start) / DAY_S));
    const [left, right] = [share(Math.min(from, to)), share(Math.max(from, to))];
    // A step across a quiet time may end at the same line again: then the next step continues from its target.
    if (from !== this.#from) this.#position = left;
    this.#from = from;
    this.#visible.hidden = false;
    this.#visible.style.left = `${left * 100}%`;
    this.#visible.style.width = `${(right - left) * 100}%`;
    this.element.setAttribute("aria-valuenow", String(Math.round(left * 100)));
    this.element.setAttribute("aria-valuetext", this.#clock.moment(from));
  }

  #draw() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      const activity = this.#statistics.total();
      this.#bars.replaceChildren(...(activity ? [bars(activity)] : []));
      if (activity) this.#label(activity.start);
    });
  }

  /** When the day in the picture begins, in unix seconds. */
  #start() {
    const [site] = this.#statistics.sites.values();
    return site?.activity.start;
  }

  /** @param {number} start unix seconds */
  #label(start) {
    this.#hours.replaceChildren();
    const first = Math.ceil(start / LABEL_STEP_S) * LABEL_STEP_S;
    for (let time = first; time < start + DAY_S; time += LABEL_STEP_S) {
      const label = element("span", {}, this.#clock.time(time).slice(0, 5));
      label.style.left = `${((time - start) / DAY_S) * 100}%`;
      this.#hours.append(label);
    }
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const { left, width } = this.element.getBoundingClientRect();
    this.#jump((event.clientX - left) / width);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const steps = KEY_STEPS[/** @type {keyof typeof KEY_STEPS} */ (event.key)];
    if (steps) this.#jump(this.#position + (steps * STEP_S) / DAY_S);
    else if (event.key === "Home") this.#jump(0);
    else return;
    event.preventDefault();
  }

  /** @param {number} share of the day */
  #jump(share) {
    const start = this.#start();
    if (start === undefined) return;
    this.#position = Math.min(1, Math.max(0, share));
    this.dispatchEvent(new CustomEvent("jump", { detail: start + this.#position * DAY_S }));
  }
}
