/**
 * How many messages came when, as bars: a day at a time, as far back as messages are kept, by time of receipt. The visible
 * part of the log is marked. A click, a drag or a key goes to a time.
 */

import { ActivityOfAll, activityOf, part, STEP_S } from "../data/activity.js";
import { countOf, LEVELS } from "../data/levels.js";
import { bars } from "./bars.js";
import { Days } from "./days.js";
import { element } from "./element.js";

/** @typedef {import("../data/clock.js").Clock} Clock */
/** @typedef {import("../data/feed.js").Message} Message */
/** @typedef {import("../data/statistics.js").Activity} Activity */

const DAY_S = 86_400;
const DAY_STEPS = DAY_S / STEP_S;
const LABEL_STEP_S = 3 * 3600;
const MIN_REDRAW_MS = 500; // between pictures of what has been found, for which all that is held is counted
const KEY_STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 };

/**
 * What the bars are of: `levels` are those that are shown; `found`, if something is searched for, finds the messages that
 * match among those that the page holds, which were received from `from` to `to` (unix seconds).
 * @typedef {{levels: Set<string>, found: (() => Iterable<Message>) | null, from: number, to: number}} Filter
 */

/** Event: `jump` (detail: unix seconds). */
export class Histogram extends EventTarget {
  activity;
  #clock;
  #filter;
  #days = new Days();
  /** The row below the bars, for the ways to other times. */
  days = element("div", { class: "other-times" }, this.#days.element);
  #bars = element("div", { class: "bars" });
  #unknown = [element("div", { class: "unknown" }), element("div", { class: "unknown" })];
  #visible = element("div", { class: "seen", hidden: true });
  #hours = element("div", { class: "hours", "aria-hidden": "true" });
  #tip = element("div", { class: "tip", hidden: true });
  #plot = element("div", { class: "plot" }, this.#bars, ...this.#unknown, this.#visible);
  #slider;
  #day = 0; // how many days before the last 24 hours
  #position = 1; // where the viewer is, as a share of the day
  #from = 0; // the time of the first visible line, in unix seconds; 0 without any
  #to = 0; // that of the last one
  #drawing = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #redrawing = undefined;
  /** @type {Activity | undefined} */
  #shown = undefined;

  /** @param {string | URL} source the service's base URL @param {string} sites @param {Clock} clock @param {() => Filter} filter */
  constructor(source, sites, clock, filter) {
    super();
    this.activity = new ActivityOfAll(source, sites);
    this.#clock = clock;
    this.#filter = filter;
    this.#slider = element(
      "div",
      { class: "histogram", role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 100 },
      this.#plot,
      this.#hours,
    );
    this.#slider.setAttribute("aria-valuenow", "100");
    this.element = element("div", { class: "time-line" }, this.#slider, this.days, this.#tip);
    this.activity.addEventListener("change", () => this.redraw());
    this.#days.addEventListener("day", (event) => this.#showDay(/** @type {CustomEvent} */ (event).detail));
    this.#listen();
    this.activity.refresh();
  }

  #listen() {
    const slider = this.#slider;
    slider.addEventListener("pointerdown", (event) => {
      slider.setPointerCapture(event.pointerId);
      this.#jump(this.#shareAt(event));
    });
    slider.addEventListener("pointermove", (event) => {
      if (event.buttons) this.#jump(this.#shareAt(event));
      this.#showTip(this.#shareAt(event));
    });
    slider.addEventListener("pointerleave", () => {
      this.#tip.hidden = true;
    });
    slider.addEventListener("keydown", (event) => this.#press(event));
    slider.addEventListener("blur", () => {
      this.#tip.hidden = true;
    });
  }

  /** @param {Clock} clock that the hours are shown by */
  set clock(clock) {
    this.#clock = clock;
    this.redraw();
  }

  close() {
    this.activity.close();
    cancelAnimationFrame(this.#drawing);
    clearTimeout(this.#redrawing);
  }

  /** Mark the visible part. @param {number} from unix seconds @param {number} to unix seconds */
  mark(from, to) {
    const moved = from !== this.#from;
    this.#from = from;
    this.#to = to;
    const start = this.#start;
    if (start === undefined) return; // until there is a picture
    if (moved && (from < start || from >= start + DAY_S)) {
      this.#day = this.#dayOf(from);
      this.#draw();
    }
    // A step across a quiet time may end at the same line again: then the next step continues from its target.
    if (moved) this.#position = this.#shareOf(from);
    this.#showVisible();
  }

  #showVisible() {
    const [from, to] = [Math.min(this.#from, this.#to), Math.max(this.#from, this.#to)];
    const [left, right] = [this.#shareOf(from), this.#shareOf(to)];
    const start = this.#start ?? 0;
    this.#visible.hidden = !from || to < start || from >= start + DAY_S;
    if (!from) return;
    this.#visible.style.left = `${left * 100}%`;
    this.#visible.style.width = `${(right - left) * 100}%`;
    this.#slider.setAttribute("aria-valuenow", String(Math.round(left * 100)));
    this.#slider.setAttribute("aria-valuetext", `${this.#clock.moment(from)}: ${this.#countsAt(left)}`);
  }

  /** The counts, the filter or what has been found are others. */
  redraw() {
    if (this.#filter().found === null) this.#drawing ||= requestAnimationFrame(() => this.#draw());
    else this.#redrawing ??= setTimeout(() => this.#draw(), MIN_REDRAW_MS);
  }

  #draw() {
    cancelAnimationFrame(this.#drawing);
    clearTimeout(this.#redrawing);
    this.#drawing = 0;
    this.#redrawing = undefined;
    const { counted } = this.activity;
    if (!counted) return;
    if (!this.#shown && this.#from) this.#day = this.#dayOf(this.#from);
    const { levels, found, from, to } = this.#filter();
    const first = counted.counts.info.length - (this.#day + 1) * DAY_STEPS;
    const day = part(counted, first, DAY_STEPS);
    this.#shown = found ? activityOf(day, found()) : day;
    this.#bars.replaceChildren(bars(this.#shown, { levels }));
    this.#showUnknown(found ? [from, to] : [0, Number.POSITIVE_INFINITY]);
    this.#label(day.start);
    this.#days.show(counted, DAY_STEPS, this.#day, this.#clock, found ? null : levels);
    const name = this.#day ? `the day from ${this.#clock.moment(day.start)}` : "the last 24 hours";
    this.#slider.setAttribute("aria-label", `Messages of ${name}: jump to a time`);
    this.#showVisible();
  }

  /** When the day in the picture begins, in unix seconds. */
  get #start() {
    const { counted } = this.activity;
    return counted && part(counted, counted.counts.info.length - (this.#day + 1) * DAY_STEPS, 0).start;
  }

  /** @param {number} time unix seconds @returns {number} how many days before the last 24 hours it is */
  #dayOf(time) {
    const { counted } = this.activity;
    if (!counted) return 0;
    const steps = counted.counts.info.length - Math.floor((time - counted.start) / STEP_S) - 1;
    return Math.max(0, Math.floor(steps / DAY_STEPS));
  }

  /** @param {number} time unix seconds @returns {number} as a share of the day in the picture */
  #shareOf(time) {
    return Math.min(1, Math.max(0, (time - (this.#start ?? 0)) / DAY_S));
  }

  /** @param {number} day how many days before the last 24 hours */
  #showDay(day) {
    this.#day = day;
    this.#draw();
    this.#jump(day ? 0 : 1);
  }

  /** Hatch what is not counted, because the page does not hold it. @param {number[]} held from when to when */
  #showUnknown([from, to]) {
    const [before, after] = this.#unknown;
    before.style.left = "0";
    before.style.width = `${this.#shareOf(from) * 100}%`;
    after.style.left = `${this.#shareOf(to) * 100}%`;
    after.style.width = `${(1 - this.#shareOf(to)) * 100}%`;
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

  /** @param {PointerEvent} event @returns {number} share of the day */
  #shareAt(event) {
    const { left, width } = this.#slider.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  }

  /** @param {number} share of the day */
  #showTip(share) {
    if (!this.#shown) return;
    const place = Math.min(DAY_STEPS - 1, Math.floor(share * DAY_STEPS));
    const start = this.#shown.start + place * STEP_S;
    const [from, to] = [start, start + STEP_S].map((time) => this.#clock.time(time).slice(0, 5));
    this.#tip.textContent = `${from}–${to} ${this.#clock.zone(start)}: ${this.#countsAt(share)}`;
    this.#tip.hidden = false;
    this.#tip.style.left = `${share * 100}%`;
    this.#tip.classList.toggle("before", share > 0.5);
  }

  /** @param {number} share of the day @returns {string} such as `3 errors, 12 info` */
  #countsAt(share) {
    const place = Math.min(DAY_STEPS - 1, Math.floor(share * DAY_STEPS));
    const { levels } = this.#filter();
    const words = LEVELS.toReversed().flatMap((level) => {
      const count = levels.has(level) ? (this.#shown?.counts[level][place] ?? 0) : 0;
      return count ? [countOf(count, level)] : [];
    });
    return words.join(", ") || "no messages";
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const steps = KEY_STEPS[/** @type {keyof typeof KEY_STEPS} */ (event.key)];
    if (steps) this.#step(steps / DAY_STEPS);
    else if (event.key === "Home") this.#jump(0);
    else return;
    event.preventDefault();
    this.#showTip(this.#position);
  }

  /** Step along the day, or into the one before or after it. @param {number} share of a day */
  #step(share) {
    const target = this.#position + share;
    const { counted } = this.activity;
    const days = counted ? Math.ceil(counted.counts.info.length / DAY_STEPS) : 1;
    const day = Math.min(days - 1, Math.max(0, this.#day - Math.floor(target)));
    if (day === this.#day || target === 1) {
      this.#jump(target);
      return;
    }
    this.#day = day;
    this.#draw();
    this.#jump(target - Math.floor(target));
  }

  /** @param {number} share of the day */
  #jump(share) {
    const start = this.#start;
    if (start === undefined) return;
    this.#position = Math.min(1, Math.max(0, share));
    this.dispatchEvent(new CustomEvent("jump", { detail: start + this.#position * DAY_S }));
  }
}
