/** Which sites have fallen silent, in words. */

import { duration, now } from "./clock.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./feed.js").Message} Message */

export const SILENT_AFTER_S = 1800; // without a message
const MAX_NAMES = 4; // of silent sites

/**
 * @param {Message | undefined} last message of a site
 * @param {Clock} clock
 * @param {number} [time] unix seconds
 * @returns {string} how long ago a site was heard, or since when it is silent
 */
export function lastWords(last, clock, time = now()) {
  if (!last) return "no messages yet";
  const { received_at: heard } = last;
  if (time - heard <= SILENT_AFTER_S) return `last message ${duration(time - heard)} ago`;
  return `silent since ${clock.time(heard).slice(0, 5)} ${clock.zone(heard)} (${duration(time - heard)})`;
}

/**
 * @param {Map<string, Message | undefined>} last message of each site
 * @param {number} [time] unix seconds
 * @returns {string[]} the sites that are silent, or have never been heard
 */
export function silentSites(last, time = now()) {
  const silent = [...last].filter(([, message]) => time - (message?.received_at ?? 0) > SILENT_AFTER_S);
  return silent.map(([site]) => site).sort();
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
