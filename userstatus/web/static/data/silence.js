/** Which sites of a log have fallen silent, in words. */

import { duration } from "./clock.js";
import { SYMBOLS } from "./levels.js";
import { hour } from "./site-words.js";
import { clockError, clockWords, silentSince, worstMessage } from "./statistics.js";
import { tellingLine } from "./text.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./statistics.js").SiteStatistics} SiteStatistics */

const MAX_NAMES = 4; // of several sites
const DAY_S = 86_400;

/**
 * @param {Message | undefined} last message of the sites
 * @param {number | null} since when all of them are silent, in unix seconds
 * @param {Clock} clock
 * @param {number} at unix seconds: what is known is as of then
 * @returns {string} how long ago the sites were heard, or since when they are silent
 */
export function lastWords(last, since, clock, at) {
  if (!last) return "no messages yet";
  if (since === null) return `last message ${duration(at - last.received_at)} ago`;
  const day = at - since < DAY_S ? "" : `${clock.day(since).split(" ")[0]} `;
  const long = duration(at - since);
  return `silent since ${day}${clock.time(since).slice(0, 5)} ${clock.zone(since)} (${long})`;
}

/**
 * @param {Map<string, SiteStatistics | undefined>} sites by their codes; undefined if nothing is known of one
 * @param {number} at unix seconds: what is known is as of then
 * @returns {string[]} the codes of those that are silent, or have not been heard for as long as messages live
 */
export function silentSites(sites, at) {
  const silent = [...sites].filter(([, site]) => !site || silentSince(site, at) !== null);
  return silent.map(([code]) => code).sort();
}

/**
 * @param {Map<string, SiteStatistics | undefined>} sites by their codes; undefined if nothing is known of one
 * @param {Message | undefined} last message of the sites, which may not be known of them yet
 * @param {number} at unix seconds: what is known is as of then
 * @returns {number | null} since when all of them are silent, in unix seconds; null if one of them talks
 */
export function allSilentSince(sites, last, at) {
  const known = [...sites.values()].filter((site) => site !== undefined);
  if (!known.length) return last ? silentSince({ last }, at) : null;
  const beginnings = known.map((site) => silentSince(site, at));
  return beginnings.includes(null) ? null : Math.max(...beginnings.map(Number));
}

/**
 * What a site said before it fell silent that nobody has solved.
 * @param {SiteStatistics | undefined} site
 * @param {number} at unix seconds: what is known is as of then
 * @returns {{level: import("./levels.js").Level, words: string} | null}
 */
export function unsolved(site, at) {
  const worst = site && silentSince(site, at) !== null && worstMessage(site, at);
  if (!worst) return null;
  const words = `${SYMBOLS[worst.log_level]} ${hour(worst.received_at, at)} ${tellingLine(worst.message)}`;
  return { level: worst.log_level, words };
}

/**
 * What is said of silence where there is no room for more.
 * @param {Map<string, SiteStatistics | undefined>} sites by their codes; undefined if nothing is known of one
 * @param {Message | undefined} last message of the sites
 * @param {Clock} clock
 * @param {number} at unix seconds: what is known is as of then
 * @returns {string} empty if all of them talk
 */
export function silenceNote(sites, last, clock, at) {
  if (sites.size !== 1) return silenceWords(silentSites(sites, at), sites.size);
  const since = allSilentSince(sites, last, at);
  return since === null ? "" : lastWords(last, since, clock, at);
}

/** @param {string[]} silent @param {number} all of how many sites @returns {string} empty if all of them talk */
export function silenceWords(silent, all) {
  return silent.length ? `${silent.length} of ${all} silent` : "";
}

/** @param {string[]} sites their codes, or words about each @returns {string} as many as can be read */
export function names(sites) {
  const named = sites.length > MAX_NAMES + 1 ? sites.slice(0, MAX_NAMES) : sites;
  const others = sites.length - named.length;
  return named.join(", ") + (others ? ` and ${others} others` : "");
}

/**
 * @param {Map<string, SiteStatistics | undefined>} sites by their codes
 * @returns {string} whose clock is off by how much; empty if all are right
 */
export function clockBadge(sites) {
  const errors = [...sites].map(([code, site]) => ({ code, error: site ? clockError(site) : 0 }));
  const wrong = errors.filter(({ error }) => error).sort((a, b) => Math.abs(b.error) - Math.abs(a.error));
  if (sites.size === 1) return wrong.map(({ error }) => clockWords(error)).join("");
  return names(wrong.map(({ code, error }) => `${code}: ${clockWords(error)}`));
}
