/** A bar chart of messages over time, stacked by level, as an SVG that scales with its surroundings. */

import { LEVELS } from "../data/levels.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
const MIN_PART = 4; // of HEIGHT: a single error among a thousand messages remains visible
const RESERVE = 20; // of HEIGHT, for what MIN_PART adds

/**
 * @param {import("../data/statistics.js").Activity} activity
 * @param {number} [last] how many intervals to show, from the end
 * @returns {SVGSVGElement}
 */
export function bars({ counts }, last = counts.info.length) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${last} ${HEIGHT}`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("aria-hidden", "true");
  const first = counts.info.length - last;
  const totals = counts.info.map((_, place) => LEVELS.reduce((sum, level) => sum + counts[level][place], 0));
  const most = Math.max(1, ...totals.slice(first));
  for (let place = first; place < totals.length; place += 1) {
    let top = HEIGHT;
    for (const level of LEVELS) {
      const count = counts[level][place];
      if (!count) continue;
      const height = Math.max(MIN_PART, (count / most) * (HEIGHT - RESERVE));
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
