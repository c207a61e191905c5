/** What the texts of messages say, and how they are shown: tidied, in parts, and folded where they are long. */

import { styled } from "./ansi.js";
import { links } from "./links.js";

/** @typedef {import("./ansi.js").Styled} Styled */

const MAX_LINES = 6; // that are shown unfolded
const MAX_CHARACTERS = 600; // likewise
const MAX_TELLING = 300; // characters of a line that stands for a longer text
const TRACEBACK = "Traceback (most recent call last)";

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
  const lines = tidied(text).plain.split("\n");
  const traceback = lines.findLastIndex((line) => line.includes(TRACEBACK));
  const raised = lines.slice(traceback + 1).find((line) => /^\S/u.test(line));
  const telling = traceback < 0 ? lines[0] : (raised ?? lines.at(-1) ?? "");
  return telling.trim();
}

/**
 * @param {string} plain a text as it is shown
 * @returns {{telling: string, hidden: string} | null} the line that stands for it, and how much that leaves out; null if it
 *   is short enough to be shown
 */
export function folded(plain) {
  const lines = plain.split("\n").length;
  const isTraceback = plain.includes(TRACEBACK) && lines > 2;
  if (lines <= MAX_LINES && plain.length <= MAX_CHARACTERS && !isTraceback) return null;
  const line = tellingLine(plain);
  const telling = line.length > MAX_TELLING ? `${line.slice(0, MAX_TELLING - 1)}…` : line;
  const characters = (plain.length - telling.length).toLocaleString("en");
  return { telling, hidden: lines > 1 ? plural(lines - 1, "line") : `${characters} characters` };
}

/** @param {number} count @param {string} noun */
function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
