/** A tile of the wall: one site at a glance. */

import { bars } from "./bars.js";
import { duration, now } from "./clock.js";
import { element } from "./element.js";
import { byLevel, LEVELS, SIGNS, worst } from "./levels.js";

/** @typedef {import("./glances.js").Glance} Glance */

export const STEP = 600; // seconds of a bar
const BARS = 36; // of the last six hours
const HOUR = 3600 / STEP; // bars of the last hour, to the next ten minutes

/** How much a site needs attention: more for what is worse; no more for debug than for silence. @param {Glance} glance */
export function urgency(glance) {
  return Math.max(LEVELS.indexOf("info"), LEVELS.indexOf(lately(glance) ?? "info"));
}

export class Tile {
  /** @param {string} site @param {string} source the service's base URL */
  constructor(site, source) {
    this._worst = element("span", { class: "worst" });
    this._ago = element("p", { class: "ago" });
    this._last = element("p", { class: "last" });
    this._bars = element("div", { class: "bars" });
    this._counts = element("p", { class: "counts" });
    const link = element("a", { href: new URL(`watch/${site}`, source).href }, site);
    const head = element("h2", {}, link, " ", this._worst);
    this.element = element("li", {}, head, this._ago, this._last, this._bars, this._counts);
    this._since = 0;
    this._shown = "";
  }

  /** @param {Glance} glance */
  show(glance) {
    const { last, counts, activity } = glance;
    const shown = `${last.id} ${activity.start} ${Object.values(counts)}`;
    if (shown === this._shown) return;
    this._shown = shown;
    const level = lately(glance);
    this.element.className = level ?? "";
    this._worst.textContent = level ? `${SIGNS[level]} ${level}` : "quiet";
    this._last.textContent = last.message;
    this._since = last.timestamp;
    this._bars.replaceChildren(bars(activity, BARS));
    const present = LEVELS.filter((each) => counts[each]);
    this._counts.replaceChildren(
      ...present.map((each) => element("span", { class: each }, `${SIGNS[each]} ${counts[each]} ${each}`)),
    );
    this.tell();
  }

  /** How long ago it was. */
  tell() {
    this._ago.textContent = `${duration(now() - this._since)} ago`;
  }
}

/** The worst level of the last hour. @param {Glance} glance */
function lately({ activity }) {
  return worst(
    byLevel((level) => activity.counts[level].slice(-HOUR).reduce((sum, count) => sum + count, 0)),
  );
}
