/** Notices: what the service itself says in the log of a site, and what follows from a mute. */

import { LEVELS } from "./levels.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./feed.js").Message} Message */
/** @typedef {"silence" | "recovery" | "down" | "mute" | "unmute" | "channel"} Kind */

/**
 * What a notice is about. `since` and `until` are in unix seconds; `level` is the worst level that is muted, and `why` the
 * reason that somebody gave.
 * @typedef {{kind: Kind, since?: number, until?: number, level?: import("./levels.js").Level, why?: string}} Notice
 */

const DATE_LENGTH = "2026-11-24".length;

/** What each kind of notice is called, for those who cannot see its sign. @type {Record<Kind, string>} */
export const KINDS = {
  silence: "silent",
  recovery: "heard again",
  down: "service was down",
  mute: "muted",
  unmute: "no longer muted",
  channel: "alerts",
};

/** @param {{mute?: Notice} | undefined} site @param {number} at unix seconds @returns {Notice | undefined} its mute, until that ends */
export function muteOf(site, at) {
  const mute = site?.mute;
  return mute && (mute.until ?? Number.POSITIVE_INFINITY) > at ? mute : undefined;
}

/**
 * Whether nobody is to be alerted about a message: it is no worse than what is muted of its site.
 * @param {Pick<Message, "log_level">} message
 * @param {{mute?: Notice} | undefined} site of the message
 * @param {number} at unix seconds
 */
export function isMuted({ log_level }, site, at) {
  const mute = muteOf(site, at);
  return mute !== undefined && LEVELS.indexOf(log_level) <= LEVELS.indexOf(mute.level ?? "critical");
}

/**
 * @param {Notice} mute
 * @param {Clock} clock
 * @param {number} at unix seconds
 * @returns {string} such as `muted up to error until 06:00 UTC`, with the date if that is not today
 */
export function muteWords({ level, until }, clock, at) {
  const words = level && level !== "critical" ? `muted up to ${level}` : "muted";
  if (until === undefined) return words;
  const day = clock.day(until) === clock.day(at) ? "" : `${clock.day(until).slice(0, DATE_LENGTH)} `;
  return `${words} until ${day}${clock.time(until).slice(0, 5)} ${clock.zone(until)}`;
}

/** @param {Notice} mute @param {Clock} clock @param {number} at unix seconds @returns {string} the same, and why */
export function muteReason(mute, clock, at) {
  return [muteWords(mute, clock, at), mute.why].filter(Boolean).join(": ");
}
