/** Periods of time, by when messages were received, and how files name them. */

import { siteFileName } from "./site-names.js";

/**
 * In unix seconds. What was received at `from` is part of the period, what was received at `to` is not. `from` is null
 * for all that is kept.
 * @typedef {{from: number | null, to: number}} Period
 */

const MINUTE_S = 60;
export const INSTANT_S = 1e-6; // the service tells times of receipt apart that are this far from each other

/** The last hours. @param {number} hours @param {number} now unix seconds @returns {Period} */
export function lastHours(hours, now) {
  return { from: Math.floor((now - hours * 3600) / MINUTE_S) * MINUTE_S, to: now };
}

/**
 * @param {number} time unix seconds
 * @param {boolean} local whether to write it in the viewer's own time zone, not in UTC
 * @returns {string} such as `2026-11-24 06:00`
 */
export function writeTime(time, local) {
  const offset = local ? new Date(time * 1000).getTimezoneOffset() * MINUTE_S : 0;
  return new Date((time - offset) * 1000).toISOString().slice(0, "2026-11-24T06:00".length).replace("T", " ");
}

/**
 * The name of a file, without its extension, such as `userstatus-mrc1-2026-11-23T18Z-2026-11-24T06Z`.
 * @param {string} sites comma-separated, or `*`
 * @param {Period} period
 * @param {boolean} partial whether some of its messages are missing
 */
export function fileName(sites, { from, to }, partial) {
  const start = from === null ? [] : [stamp(Math.floor(from / MINUTE_S))];
  const parts = ["userstatus", siteFileName(sites), ...start, stamp(Math.ceil(to / MINUTE_S))];
  return [...parts, ...(partial ? ["partial"] : [])].join("-");
}

/** @param {number} minute unix time in minutes @returns {string} such as `2026-11-23T18Z` or `2026-11-23T1805Z` */
function stamp(minute) {
  const [day, time] = writeTime(minute * MINUTE_S, false).split(" ");
  return `${day}T${time.replace(":", "").replace(/00$/, "")}Z`;
}
