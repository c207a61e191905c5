/** The last 24 hours as bars, with the part that is seen marked: pressed or brushed, it leads to a time. */

import { bars } from "./bars.js";
import { element } from "./element.js";
import { Glances } from "./glances.js";

/** @typedef {import("./clock.js").Clock} Clock */

const DAY = 86_400; // seconds
const STEP = 900; // seconds of a bar
const HOURS = 3; // from one label to the next

/** Event: `jump` (detail: unix seconds). */
export class Histogram extends EventTarget {
  /**
   * @param {string} source the service's base URL
   * @param {string} sites with commas, or `*`
   * @param {Clock} clock
   */
  constructor(source, sites, clock) {
    super();
    this.clock = clock;
    this.glances = new Glances(source, sites, STEP);
    this._bars = element("div", { class: "bars" });
    this._seen = element("div", { class: "seen", hidden: true });
    this._hours = element("div", { class: "hours", "aria-hidden": "true" });
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
      element("div", { class: "plot" }, this._bars, this._seen),
      this._hours,
    );
    this._at = 1; // the share of the day where the viewer is
    this._from = 0; // the time of the first line that is seen, in unix seconds
    this._drawing = 0;
    this.glances.addEventListener("change", () => this.draw());
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      this._point(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (event.buttons) this._point(event);
    });
    this.element.addEventListener("keydown", (event) => this._key(event));
  }

  close() {
    this.glances.close();
    cancelAnimationFrame(this._drawing);
  }

  draw() {
    this._drawing ||= requestAnimationFrame(() => {
      this._drawing = 0;
      const activity = this.glances.together();
      this._bars.replaceChildren(...(activity ? [bars(activity)] : []));
      if (activity) this._label(activity.start);
    });
  }

  /** Mark what is seen. @param {number} from unix seconds @param {number} to unix seconds */
  see(from, to) {
    const start = this._start();
    if (start === undefined) return;
    const share = (/** @type {number} */ time) => Math.min(1, Math.max(0, (time - start) / DAY));
    const [left, right] = [share(Math.min(from, to)), share(Math.max(from, to))];
    // Where a step leads to the same line, as nothing came in between, the next step goes on from it.
    if (from !== this._from) this._at = left;
    this._from = from;
    this._seen.hidden = false;
    this._seen.style.left = `${left * 100}%`;
    this._seen.style.width = `${(right - left) * 100}%`;
    this.element.setAttribute("aria-valuenow", String(Math.round(left * 100)));
    this.element.setAttribute("aria-valuetext", this.clock.moment(from));
  }

  /** The time where the picture begins, in unix seconds. */
  _start() {
    const [glance] = this.glances.sites.values();
    return glance?.activity.start;
  }

  /** @param {number} start unix seconds */
  _label(start) {
    this._hours.replaceChildren();
    const apart = HOURS * 3600;
    for (let time = Math.ceil(start / apart) * apart; time < start + DAY; time += apart) {
      const label = element("span", {}, this.clock.time(time).slice(0, 5));
      label.style.left = `${((time - start) / DAY) * 100}%`;
      this._hours.append(label);
    }
  }

  /** @param {PointerEvent} event */
  _point(event) {
    const { left, width } = this.element.getBoundingClientRect();
    this._jump((event.clientX - left) / width);
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 }[
      event.key
    ];
    if (by) this._jump(this._at + (by * STEP) / DAY);
    else if (event.key === "Home") this._jump(0);
    else return;
    event.preventDefault();
  }

  /** @param {number} share of the day */
  _jump(share) {
    const start = this._start();
    if (start === undefined) return;
    this._at = Math.min(1, Math.max(0, share));
    this.dispatchEvent(new CustomEvent("jump", { detail: start + this._at * DAY }));
  }
}
