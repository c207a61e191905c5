/** The levels of messages, the least first. A sign says the same as a colour, to whoever sees none. */

/** @typedef {"debug" | "info" | "warning" | "error" | "critical"} Level */

/** @type {Level[]} */
export const LEVELS = ["debug", "info", "warning", "error", "critical"];

/** @type {Record<Level, string>} */
export const SIGNS = { debug: "·", info: "i", warning: "▲", error: "✖", critical: "‼" };

/**
 * @param {Record<string, number>} counts of messages by level
 * @returns {Level | null} the worst of which there are any
 */
export function worst(counts) {
  return LEVELS.findLast((level) => counts[level] > 0) ?? null;
}
