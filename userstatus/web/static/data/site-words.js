/** What is said of a site, as a viewer reads it. Times are in UTC, with the date if it is not today's. */

import { Clock, duration } from "./clock.js";
import { SYMBOLS } from "./levels.js";
import { clockError, clockWords } from "./statistics.js";
import { tellingLine } from "./text.js";

/** @typedef {import("./statistics.js").SiteStatistics} SiteStatistics */
/** @typedef {import("./urgency.js").Condition} Condition */
/** @typedef {import("./urgency.js").State} State */

const utc = new Clock(false);

/** @type {Record<State, string>} */
const SIGNS = { ...SYMBOLS, silent: "○", fine: "✓" };

/** @param {number} time unix seconds @param {number} at unix seconds @returns {string} such as `02:14` */
export function hour(time, at) {
  const [date] = utc.day(time).split(" ");
  const minute = utc.time(time).slice(0, 5);
  return utc.day(time) === utc.day(at) ? minute : `${date} ${minute}`;
}

/**
 * How long ago the last message of a site was.
 * @param {number} received unix seconds
 * @param {boolean} silent whether that is too long ago
 * @param {number} at unix seconds
 * @returns {[string, string, string]} parts such as `silent`, `since 02:14` and `(3 h)`, or `3 s ago`
 */
export function ageWords(received, silent, at) {
  const long = duration(at - received);
  return silent ? ["silent", `since ${hour(received, at)}`, `(${long})`] : [`${long} ago`, "", ""];
}

/**
 * The words on a tile, except for its age. `worst` is empty if nothing needs attention, `last` if it is the worst.
 * @typedef {{sign: string, state: string, clock: string, level: string, time: string, worst: string,
 *   last: string}} SiteWords
 */

/**
 * @param {SiteStatistics} site
 * @param {Condition} condition
 * @param {number} at unix seconds
 * @returns {SiteWords}
 */
export function siteWords(site, { state, silentSince, worst }, at) {
  const last = worst?.id === site.last.id ? undefined : site.last;
  return {
    sign: SIGNS[state],
    state: silentSince !== null && state !== "silent" ? `${state}, silent` : state,
    clock: clockWords(clockError(site)),
    level: worst ? `${SYMBOLS[worst.log_level]} ${worst.log_level}` : "",
    time: worst ? hour(worst.received_at, at) : "",
    worst: worst ? tellingLine(worst.message) : "",
    last: last ? tellingLine(last.message) : "",
  };
}
