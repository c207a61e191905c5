/** A tile of the wall: the statistics of one site. */

import { duration, now } from "../data/clock.js";
import { LEVELS, SYMBOLS } from "../data/levels.js";
import { worstOfLastHour } from "../data/statistics.js";
import { bars } from "./bars.js";
import { element } from "./element.js";

/** @typedef {import("../data/statistics.js").SiteStatistics} SiteStatistics */

export const STEP_S = 600; // per bar
const BARS = 36; // six hours

export class Tile {
  #worst = element("span", { class: "worst" });
  #ago = element("p", { class: "ago" });
  #last = element("p", { class: "last" });
  #bars = element("div", { class: "bars" });
  #counts = element("p", { class: "counts" });
  #since = 0;
  #shown = "";

  /** @param {string} site @param {string} source the service's base URL */
  constructor(site, source) {
    const link = element("a", { href: new URL(`watch/${site}`, source).href }, site);
    const heading = element("h2", {}, link, " ", this.#worst);
    this.element = element("li", {}, heading, this.#ago, this.#last, this.#bars, this.#counts);
  }

  /** @param {SiteStatistics} statistics */
  show(statistics) {
    const { last, counts, activity } = statistics;
    const shown = `${last.id} ${activity.start} ${Object.values(counts)}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const level = worstOfLastHour(statistics);
    this.element.className = level ?? "";
    this.#worst.textContent = level ? `${SYMBOLS[level]} ${level}` : "quiet";
    this.#last.textContent = last.message;
    this.#since = last.timestamp;
    this.#bars.replaceChildren(bars(activity, BARS));
    const present = LEVELS.filter((each) => counts[each]);
    this.#counts.replaceChildren(
      ...present.map((each) => element("span", { class: each }, `${SYMBOLS[each]} ${counts[each]} ${each}`)),
    );
    this.updateAge();
  }

  /** Show how long ago the last message was. */
  updateAge() {
    this.#ago.textContent = `${duration(now() - this.#since)} ago`;
  }
}
