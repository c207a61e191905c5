/** The lines across the log that say where the connection was cut, and where it came back. */

import { cutWords } from "../data/cuts.js";
import { element } from "./element.js";

/**
 * @param {import("../data/cuts.js").Cut[]} cuts
 * @param {import("../data/clock.js").Clock} clock
 * @returns {HTMLElement[]}
 */
export function dividers(cuts, clock) {
  return cutWords(cuts, clock).map((words) => element("p", { class: "divider" }, words));
}
