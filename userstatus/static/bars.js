/** Bars: how many messages there were over time, stacked by level, as a picture that scales. */

import { LEVELS } from "./levels.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;

/** @typedef {{start: number, step: number, counts: Record<string, number[]>}} Activity as `/sites` has it */

/** The same of several sites in one. @param {Activity[]} several @returns {Activity | null} */
export function together(several) {
  if (!several.length) return null;
  const { start, step } = several[0];
  /** @type {Record<string, number[]>} */
  const counts = {};
  for (const level of LEVELS)
    counts[level] = several[0].counts[level].map((_, place) =>
      several.reduce((sum, each) => sum + each.counts[level][place], 0),
    );
  return { start, step, counts };
}

/**
 * @param {Activity} activity
 * @param {number} last how many of its bars, from the end
 * @returns {SVGSVGElement}
 */
export function bars({ counts }, last = counts.info.length) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${last} ${HEIGHT}`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("aria-hidden", "true");
  const from = counts.info.length - last;
  const totals = counts.info.map((_, place) => LEVELS.reduce((sum, level) => sum + counts[level][place], 0));
  const most = Math.max(1, ...totals.slice(from));
  for (let place = from; place < totals.length; place += 1) {
    let top = HEIGHT;
    for (const level of LEVELS) {
      if (!counts[level][place]) continue;
      const height = Math.max(4, (counts[level][place] / most) * (HEIGHT - 20));
      const bar = document.createElementNS(SVG, "rect");
      top -= height;
      for (const [name, value] of Object.entries({ x: place - from + 0.1, y: top, width: 0.8, height }))
        bar.setAttribute(name, String(value));
      bar.setAttribute("class", level);
      picture.append(bar);
    }
  }
  return picture;
}
