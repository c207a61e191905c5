/** The log levels, least severe first, each with a symbol that says the same as its colour. */

/** @typedef {"debug" | "info" | "warning" | "error" | "critical"} Level */

/** @type {Level[]} */
export const LEVELS = ["debug", "info", "warning", "error", "critical"];

/** @type {Record<Level, string>} */
export const SYMBOLS = { debug: "·", info: "i", warning: "▲", error: "✖", critical: "‼" };

/**
 * @param {{log_level: Level, original_level?: Level}} message
 * @returns {{sign: string, short: string, long: string} | null} in a character, a few words and a sentence, how a rule of the
 *   service has changed the level that the telescope gave; null if none has
 */
export function changeOf({ log_level: level, original_level: original }) {
  if (!original) return null;
  const raised = LEVELS.indexOf(level) > LEVELS.indexOf(original);
  const [sign, verb] = raised ? ["↑", "raised"] : ["↓", "lowered"];
  const short = `${verb} from ${original} by a rule`;
  return { sign, short, long: `${original} by the telescope, ${verb} to ${level} by a rule` };
}

/**
 * @param {Record<Level, number>} counts of messages
 * @returns {Level | undefined} the most severe level that occurs
 */
export function worst(counts) {
  return LEVELS.findLast((level) => counts[level] > 0);
}

/**
 * @template Value
 * @param {(level: Level) => Value} value
 * @returns {Record<Level, Value>} a value for each level
 */
export function byLevel(value) {
  return /** @type {Record<Level, Value>} */ (
    Object.fromEntries(LEVELS.map((level) => [level, value(level)]))
  );
}

/** @param {number} count of messages @param {Level} level @returns {string} such as `1 error`, `3 errors` or `12 info` */
export function countOf(count, level) {
  const plural = count !== 1 && (level === "warning" || level === "error");
  return `${count.toLocaleString("en")} ${level}${plural ? "s" : ""}`;
}
