/**
 * What a viewer searches for. Words are looked for as they are, spaces included, in messages, in site codes and in the
 * names of sites; a leading `-` shows what does not have them, and `/…/` is a regular expression.
 */

import { withoutEscapes } from "./ansi.js";
import { Regex } from "./regex.js";
import { PatternError } from "./regex-syntax.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {{test: (text: string) => boolean, ranges: (text: string) => [number, number][]}} Matcher */

/** What is searched for cannot be read. Its message says why, and where. */
export class SearchError extends Error {}

export class Search {
  #excludes;
  /** @type {Matcher | null} null if everything is shown */
  #matcher;

  /** @param {string} words as the viewer has typed them @throws {SearchError} */
  constructor(words) {
    this.#excludes = words.startsWith("-");
    this.#matcher = matcher(words, this.#excludes ? 1 : 0);
  }

  /** Whether everything is shown. */
  get empty() {
    return this.#matcher === null;
  }

  /** @param {Message} message @param {string} [name] of its site @returns {boolean} */
  matches({ message, site }, name = "") {
    const matcher = this.#matcher;
    if (!matcher) return true;
    const found = [site, name].some((text) => text && matcher.test(text));
    return (found || matcher.test(withoutEscapes(message))) !== this.#excludes;
  }

  /**
   * What is to be marked in a text that is shown.
   * @param {string} text
   * @returns {[number, number][]} the index of the first character of each hit, and the one after its last
   */
  ranges(text) {
    return this.#matcher && !this.#excludes ? this.#matcher.ranges(text) : [];
  }
}

/** A search that may come from a URL: if it cannot be read, everything is shown. @param {string} words */
export function searchFor(words) {
  try {
    return new Search(words);
  } catch (error) {
    if (error instanceof SearchError) return new Search("");
    throw error;
  }
}

/** @param {string} words @param {number} start where what is searched for begins @returns {Matcher | null} */
function matcher(words, start) {
  const sought = words.slice(start);
  if (!sought || sought === "//") return null;
  if (sought.length < 3 || !sought.startsWith("/") || !sought.endsWith("/")) return new Literal(sought);
  try {
    return new Regex(sought.slice(1, -1));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const place = start + 1 + error.position + 1; // as people count
    throw new SearchError(`Not a regular expression: at character ${place}, ${error.message}`);
  }
}

/** A text that is looked for as it is, except for upper and lower case. */
class Literal {
  #pattern;

  /** @param {string} text */
  constructor(text) {
    this.#pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu");
  }

  /** @param {string} text */
  test(text) {
    return text.search(this.#pattern) >= 0;
  }

  /** @param {string} text @returns {[number, number][]} */
  ranges(text) {
    return Array.from(text.matchAll(this.#pattern), ({ 0: hit, index }) => [index, index + hit.length]);
  }
}
