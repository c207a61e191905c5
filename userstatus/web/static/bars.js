/** Bars: how many messages there were over time, stacked by level, as a picture that scales. */

import { LEVELS } from "./levels.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
const LEAST = 4; // of HEIGHT: a single error among a thousand lines is seen
const ROOM = 20; // of HEIGHT, for what LEAST adds

/**
 * @param {import("./glances.js").Activity} activity
 * @param {number} [last] how many of its bars, from the end
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
      const height = Math.max(LEAST, (count / most) * (HEIGHT - ROOM));
      top -= height;
      picture.append(bar({ x: place - first + 0.1, y: top, width: 0.8, height, class: level }));
    }
  }
  return picture;
}

/** @param {Record<string, string | number>} attributes */
function bar(attributes) {
  const made = document.createElementNS(SVG, "rect");
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}
