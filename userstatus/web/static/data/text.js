/** What the texts of messages say, and how they are shown: tidied, in parts, and folded where they are long. */

import { styled } from "./ansi.js";
import { links } from "./links.js";

/** @typedef {import("./ansi.js").Styled} Styled */

const MAX_LINES = 6; // that are shown unfolded
const MAX_CHARACTERS = 600; // likewise
const MAX_TELLING = 300; // characters of a line that stands for a longer text
const TRACEBACK = "Traceback (most recent call last)"; // Python's
const FRAME = /^[ \t]+at .*(?::\d+\)?|\))$/mu; // of a stack trace, as Java and JavaScript write it

/**
 * A text as it is shown: without blank lines before and after it, the styles of its parts, and where its addresses are.
 * @typedef {{plain: string, styles: Styled[], links: [start: number, end: number][]}} Text
 */

/** @param {string} text as it was posted @returns {Text} */
export function tidied(text) {
  const { plain, styles } = styled(text);
  const first = plain.search(/\S/u);
  const start = first < 0 ? plain.length : plain.lastIndexOf("\n", first) + 1;
  const shown = plain.slice(start).trimEnd();
  /** @param {number} place */
  const moved = (place) => Math.min(Math.max(place - start, 0), shown.length);
  return {
    plain: shown,
    styles: styles.map(([from, to, classes]) => [moved(from), moved(to), classes]),
    links: links(shown),
  };
}

/** @param {string} text @returns {string} the line that says most: what a traceback ends with, otherwise the first one */
export function tellingLine(text) {
  const { plain } = tidied(text);
  return plain.slice(...telling(plain));
}

/** @param {string} plain a text as it is shown @returns {[start: number, end: number]} where its telling line is */
function telling(plain) {
  const lines = plain.split("\n");
  const traceback = lines.findLastIndex((line) => line.includes(TRACEBACK));
  const raised = lines.findIndex((line, number) => number > traceback && /^\S/u.test(line));
  const last = raised < 0 ? lines.length - 1 : raised;
  const number = traceback < 0 ? 0 : last;
  const start = lines.slice(0, number).reduce((sum, { length }) => sum + length + 1, 0);
  const line = lines[number].trimEnd();
  return [start + line.length - line.trimStart().length, start + line.length];
}

/**
 * The part of a text that stands for it, from an index to the one after its end; whether that is less than a line, and how
 * much is left out.
 * @typedef {{start: number, end: number, cut: boolean, hidden: string}} Fold
 */

/** @param {string} plain a text as it is shown @returns {Fold | null} null if it is short enough to be shown */
export function folded(plain) {
  const lines = plain.split("\n").length;
  const isTraceback = lines > 2 && (plain.includes(TRACEBACK) || FRAME.test(plain));
  if (lines <= MAX_LINES && plain.length <= MAX_CHARACTERS && !isTraceback) return null;
  const [start, full] = telling(plain);
  const cut = full - start > MAX_TELLING;
  const end = cut ? wholeCharacters(plain, start + MAX_TELLING - 1) : full;
  const characters = (plain.length - (end - start)).toLocaleString("en");
  return { start, end, cut, hidden: lines > 1 ? plural(lines - 1, "line") : `${characters} characters` };
}

/** @param {string} text @param {number} length @returns {number} the same, or less within a character of two code units */
function wholeCharacters(text, length) {
  return (text.codePointAt(length - 1) ?? 0) > 0xffff ? length - 1 : length;
}

/** @param {number} count @param {string} noun */
function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
