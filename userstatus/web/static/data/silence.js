/** Which sites of a log have fallen silent, in words. */

import { duration } from "./clock.js";
import { clockError, clockWords, SILENT_AFTER_S } from "./statistics.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./statistics.js").SiteStatistics} SiteStatistics */

const MAX_NAMES = 4; // of silent sites
const DAY_S = 86_400;

/**
 * @param {Message | undefined} last message of the sites
 * @param {Clock} clock
 * @param {number} at unix seconds: what is known is as of then
 * @returns {string} how long ago the sites were heard, or since when they are silent
 */
export function lastWords(last, clock, at) {
  if (!last) return "no messages yet";
  const { received_at: heard } = last;
  const long = duration(at - heard);
  if (at - heard <= SILENT_AFTER_S) return `last message ${long} ago`;
  const day = at - heard < DAY_S ? "" : `${clock.day(heard).split(" ")[0]} `;
  return `silent since ${day}${clock.time(heard).slice(0, 5)} ${clock.zone(heard)} (${long})`;
}

/**
 * @param {Map<string, SiteStatistics | undefined>} sites by their codes; undefined if nothing is known of one
 * @param {number} at unix seconds: what is known is as of then
 * @returns {string[]} the codes of those that are silent, or have not been heard for as long as messages live
 */
export function silentSites(sites, at) {
  const silent = [...sites].filter(([, site]) => at - (site?.last.received_at ?? 0) > SILENT_AFTER_S);
  return silent.map(([code]) => code).sort();
}

/** @param {string[]} silent @param {number} all of how many sites @returns {string} empty if all of them talk */
export function silenceWords(silent, all) {
  return silent.length ? `${silent.length} of ${all} silent` : "";
}

/** @param {string[]} sites @returns {string} their codes, as many as can be read */
export function names(sites) {
  const named = sites.length > MAX_NAMES + 1 ? sites.slice(0, MAX_NAMES) : sites;
  const others = sites.length - named.length;
  return named.join(", ") + (others ? ` and ${others} others` : "");
}

/** @param {SiteStatistics | undefined} site @returns {string} by how much its clock is off; empty if it is right */
export function clockBadge(site) {
  return site ? clockWords(clockError(site)) : "";
}
