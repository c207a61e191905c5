/** How urgent a site is: what state it is in, how many are in each, and in which order sites are shown. */

import { muteOf } from "./mutes.js";
import { silentSince, worstMessage } from "./statistics.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./statistics.js").SiteStatistics} SiteStatistics */
/** @typedef {import("./notices.js").Notice} Notice */
/** @typedef {"critical" | "error" | "warning" | "silent" | "fine"} State */

/**
 * `state` is the one that decides how urgent the site is; a site can be critical and silent. `worst` is its message
 * that needs attention most. `silentSince` is in unix seconds. `mute` is there if it is muted, in whatever state.
 * @typedef {{state: State, silentSince: number | null, worst: Message | undefined, mute: Notice | undefined}} Condition
 */

/** The states, the most urgent first. @type {State[]} */
export const STATES = ["critical", "error", "warning", "silent", "fine"];

/** Words for one site and for several of each state. @type {Record<State | "muted", [string, string]>} */
const WORDS = {
  critical: ["critical", "critical"],
  error: ["error", "errors"],
  warning: ["warning", "warnings"],
  silent: ["silent", "silent"],
  fine: ["fine", "fine"],
  muted: ["muted", "muted"],
};

const byCode = new Intl.Collator("en", { numeric: true });

/**
 * @param {SiteStatistics} site
 * @param {number} at unix seconds: what is known of the site is as of then
 * @returns {Condition}
 */
export function condition(site, at) {
  const since = silentSince(site, at);
  const worst = worstMessage(site, at);
  const level = worst?.log_level;
  const unsolved = level === "critical" || level === "error";
  const warned = level === "warning" ? "warning" : "fine";
  const state = unsolved ? level : since === null ? warned : "silent";
  return { state, silentSince: since, worst, mute: muteOf(site, at) };
}

/**
 * The number of sites in each state, the most urgent first, without those in which there is none. A site that is silent
 * and worse counts for both, so that neither number is too low; and so does one that is muted.
 * @param {Iterable<Condition>} conditions
 * @returns {{state: State | "muted", words: string}[]} such as `2 errors`
 */
export function summary(conditions) {
  /** @type {Map<State | "muted", number>} */
  const counts = new Map(STATES.map((state) => [state, 0]));
  /** @param {State | "muted"} state */
  const count = (state) => counts.set(state, (counts.get(state) ?? 0) + 1);
  for (const { state, silentSince: since, mute } of conditions) {
    count(state);
    if (since !== null && state !== "silent") count("silent");
    if (mute) count("muted");
  }
  return [...counts]
    .filter(([, number]) => number > 0)
    .map(([state, number]) => ({ state, words: `${number} ${WORDS[state][number === 1 ? 0 : 1]}` }));
}

/**
 * The order of the sites: pinned ones in the order in which they were pinned, then the most urgent ones.
 * @param {Map<string, Condition>} conditions by site code
 * @param {string[]} pinned site codes
 * @param {string[]} held the order that is to be kept, if any: then, only sites that are new are added, at the end
 * @returns {string[]} site codes
 */
export function order(conditions, pinned, held = []) {
  const known = (/** @type {string} */ code) => conditions.has(code);
  const urgency = (/** @type {string} */ code) => STATES.indexOf(conditions.get(code)?.state ?? "fine");
  const first = new Set([...(held.length ? held : pinned)].filter(known));
  const others = [...conditions.keys()].filter((code) => !first.has(code));
  others.sort((a, b) => urgency(a) - urgency(b) || byCode.compare(a, b));
  return [...first, ...others];
}
