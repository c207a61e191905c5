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
 * @returns {string} such as `until 06:00 UTC`, with the date if that is not today; empty if it has no end
 */
function end({ until }, clock, at) {
  if (until === undefined) return "";
  const day = clock.day(until) === clock.day(at) ? "" : `${clock.day(until).slice(0, DATE_LENGTH)} `;
  return `until ${day}${clock.time(until).slice(0, 5)} ${clock.zone(until)}`;
}

/**
 * What is said of the muted among some sites.
 * @param {Map<string, {mute?: Notice} | undefined>} sites by their codes
 * @param {Clock} clock
 * @param {number} at unix seconds
 * @returns {{words: string, why: string}} `words` are such as `muted until 06:00 UTC, error and less`, and empty if none is
 *   muted; `why` is empty if nobody has said, or if there are several sites
 */
export function muteWords(sites, clock, at) {
  const muted = [...sites].flatMap(([code, site]) => {
    const mute = muteOf(site, at);
    return mute ? [{ code, mute, until: end(mute, clock, at) }] : [];
  });
  if (!muted.length) return { words: "", why: "" };
  if (sites.size > 1) {
    const each = names(muted.map(({ code, until }) => `${code} ${until}`.trim()));
    return { words: `${muted.length} of ${sites.size} muted: ${each}`, why: "" };
  }
  const [{ mute, until }] = muted;
  const { level = DEFAULT, why = "" } = mute;
  const less = level === "critical" ? "" : `, ${level} and less`;
  return { words: `muted ${until}`.trim() + less, why };
}
