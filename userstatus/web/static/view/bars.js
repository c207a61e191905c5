/** A bar chart of messages over time, stacked by level, as an SVG that scales with its surroundings. */

import { LEVELS } from "../data/levels.js";

/** @typedef {import("../data/levels.js").Level} Level */

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
const MIN_PART = 4; // of HEIGHT: a single error among a thousand messages remains visible
const RESERVE = 20; // of HEIGHT, for what MIN_PART adds

/**
 * Heights grow with the square root of the counts, so that a storm does not flatten everything else.
 * @param {import("../data/statistics.js").Activity} activity
 * @param {{last?: number, levels?: Set<string>}} [options] how many intervals to show, from the end, and which levels
 * @returns {SVGSVGElement}
 */
export function bars({ counts }, { last = counts.info.length, levels = new Set(LEVELS) } = {}) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${last} ${HEIGHT}`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("aria-hidden", "true");
  const shown = LEVELS.filter((level) => levels.has(level));
  const first = counts.info.length - last;
  const totals = counts.info.map((_, place) => shown.reduce((sum, level) => sum + counts[level][place], 0));
  const most = totals.slice(first).reduce((one, other) => Math.max(one, other), 1);
  for (let place = first; place < totals.length; place += 1) {
    let top = HEIGHT;
    const whole = Math.sqrt(totals[place] / most) * (HEIGHT - RESERVE);
    for (const level of shown) {
      const count = counts[level][place];
      if (!count) continue;
      const height = Math.max(MIN_PART, (count / totals[place]) * whole);
      top -= height;
      picture.append(rectangle({ x: place - first + 0.1, y: top, width: 0.8, height, class: level }));
    }
  }
  return picture;
}

/** @param {Record<string, string | number>} attributes */
function rectangle(attributes) {
  const made = document.createElementNS(SVG, "rect");
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}
