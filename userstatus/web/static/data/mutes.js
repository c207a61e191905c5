/** Which sites are muted, until when and why, and whether a message is. */

import { LEVELS } from "./levels.js";
import { names } from "./silence.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./notices.js").Notice} Notice */

/** @type {import("./levels.js").Level} */
const DEFAULT = "error"; // the worst level that is muted where nobody has named one
const DATE_LENGTH = "2026-11-24".length;

/** @param {{mute?: Notice} | undefined} site @param {number} at unix seconds @returns {Notice | undefined} its mute, until that ends */
export function muteOf(site, at) {
  const mute = site?.mute;
  return mute && (mute.until ?? Number.POSITIVE_INFINITY) > at ? mute : undefined;
}

/**
 * Whether nobody is to be alerted about a message: it is no worse than what is muted of its site, or says that it is silent.
 * @param {Pick<Message, "log_level" | "notice">} message
 * @param {{mute?: Notice} | undefined} site of the message
 * @param {number} at unix seconds
 */
export function isMuted({ log_level, notice }, site, at) {
  const mute = muteOf(site, at);
  if (!mute) return false;
  return notice?.kind === "silence" || LEVELS.indexOf(log_level) <= LEVELS.indexOf(mute.level ?? DEFAULT);
}

/**
 * @param {Notice} mute
 * @param {Clock} clock
 * @param {number} at unix seconds
 * @returns {string} such as `muted up to error until 06:00 UTC`, with the date if that is not today
 */
export function muteWords({ level, until }, clock, at) {
  const words = level === "critical" ? "muted" : `muted up to ${level ?? DEFAULT}`;
  if (until === undefined) return words;
  const day = clock.day(until) === clock.day(at) ? "" : `${clock.day(until).slice(0, DATE_LENGTH)} `;
  return `${words} until ${day}${clock.time(until).slice(0, 5)} ${clock.zone(until)}`;
}

/**
 * What a heading says of the muted among its sites.
 * @param {Map<string, {mute?: Notice} | undefined>} sites by their codes
 * @param {Clock} clock
 * @param {number} at unix seconds
 * @returns {{words: string, why: string}} `words` are empty if none is muted; `why` is, if nobody has said, or there are several
 */
export function mutedWords(sites, clock, at) {
  const muted = [...sites].flatMap(([code, site]) => {
    const mute = muteOf(site, at);
    return mute ? [{ code, words: muteWords(mute, clock, at), why: mute.why ?? "" }] : [];
  });
  if (sites.size === 1 || !muted.length) return muted[0] ?? { words: "", why: "" };
  const each = muted.map(({ code, words }) => `${code} ${words.replace("muted ", "")}`);
  return { words: `${muted.length} of ${sites.size} muted: ${names(each)}`, why: "" };
}
