/**
 * Regular expressions that cannot freeze the page: their time grows with the text and not faster, whatever the pattern.
 * A RegExp may take years over (a+)+$ and cannot be interrupted. This one follows all ways through the pattern at once
 * (Thompson's construction): sets of ways become the states of a machine that is built as it is needed, and where hits
 * begin and end is found by keeping the ways in order of preference, which is that of RegExp (Pike's method).
 *
 * Upper and lower case are the same, and ^ and $ stand for the beginning and the end of a line, as with the flags "imu".
 */

import { Alphabet, NEWLINE, WORD } from "./regex-alphabet.js";
import { ASSERT, compile, LINE_END, LINE_START, MATCH, SET, SPLIT, WORD_EDGE } from "./regex-program.js";

/** @typedef {{seeds: number[], before: number, next: (State | null)[]}} State null where there is a hit for sure */

const MAX_STATES = 1000;
const MIN_REUSE = 20; // characters per state that is built; below, building them costs more than it saves
const MAX_WORK = 2_000_000; // for the hits in one text: finding all of them may take more than one pass over it

export class Regex {
  /** How many steps have been taken so far. */
  work = 0;
  #program;
  #alphabet;
  #machine;
  /** The way back to each instruction is cut off once it has been reached at a place. */
  #reached;
  #place = 0;
  #stack;

  /** @param {string} pattern @throws {import("./regex-syntax.js").PatternError} */
  constructor(pattern) {
    this.#program = compile(pattern);
    this.#alphabet = new Alphabet(this.#program.sets);
    this.#reached = new Int32Array(this.#program.length);
    this.#stack = new Int32Array(this.#program.length + 1);
    this.#machine = new Machine();
  }

  /** @param {string} text @returns {boolean} whether there is a hit */
  test(text) {
    if (this.#machine.useless) return this.#find(text, 0) !== null;
    /** @type {State | null} */
    let state = this.#machine.start;
    let at = 0;
    while (state && at < text.length) {
      const point = text.codePointAt(at) ?? 0;
      const letter = this.#alphabet.letter(point);
      if (state.next[letter] === undefined) state.next[letter] = this.#next(state, letter);
      state = state.next[letter];
      at += point > 0xffff ? 2 : 1;
    }
    this.work += at;
    this.#machine.read += at;
    return !state || !this.#advance(state.seeds, state.before, NEWLINE, -1);
  }

  /**
   * Where the hits are, from left to right; empty ones are left out. In a text on which the pattern needs very long,
   * the last ones may be missing.
   * @param {string} text @returns {[number, number][]} the index of their first character, and the one after their last
   */
  ranges(text) {
    /** @type {[number, number][]} */
    const found = [];
    if (!this.test(text)) return found;
    const end = this.work + MAX_WORK;
    for (let from = 0; from <= text.length && this.work < end; ) {
      const hit = this.#find(text, from);
      if (!hit) break;
      if (hit[0] < hit[1]) found.push(hit);
      from = hit[0] < hit[1] ? hit[1] : hit[1] + width(text, hit[1]);
    }
    return found;
  }

  /** @param {State} state @param {number} letter that comes next @returns {State | null} */
  #next({ seeds, before }, letter) {
    const kind = this.#alphabet.kind(letter);
    const next = this.#advance(seeds, before, kind, letter);
    if (!next) return null;
    if (!next.includes(0)) next.push(0); // a hit may begin anywhere
    next.sort((one, other) => one - other);
    return this.#machine.state(next, this.#program.asserts ? kind : NEWLINE);
  }

  /**
   * Follow all ways from these instructions across a character.
   * @param {number[]} seeds @param {number} before kind of the character before @param {number} after kind of this one
   * @param {number} letter -1 at the end of the text
   * @returns {number[] | null} the instructions after the character; null if a hit ends before it
   */
  #advance(seeds, before, after, letter) {
    /** @type {number[]} */
    const next = [];
    this.#place += 1;
    for (const seed of seeds)
      if (this.#follow(seed, before, after, letter, (instruction) => next.push(instruction))) return null;
    return next;
  }

  /**
   * Follow the ways from an instruction up to the next character, the preferred ones first.
   * @param {number} seed @param {number} before @param {number} after @param {number} letter
   * @param {(instruction: number) => void} reach called for each instruction that follows this character
   * @returns {boolean} whether the pattern ends here; ways that are less preferred are not followed then
   */
  #follow(seed, before, after, letter, reach) {
    const { operations, first, second } = this.#program;
    let depth = 1;
    this.#stack[0] = seed;
    while (depth) {
      depth -= 1;
      const at = this.#stack[depth];
      if (this.#reached[at] === this.#place) continue;
      this.#reached[at] = this.#place;
      this.work += 1;
      const operation = operations[at];
      if (operation === MATCH) return true;
      if (operation === SET) {
        if (letter >= 0 && this.#alphabet.isIn(letter, first[at])) reach(at + 1);
      } else if (operation === ASSERT) {
        if (holds(first[at], before, after)) this.#stack[depth++] = at + 1;
      } else {
        if (operation === SPLIT) this.#stack[depth++] = second[at];
        this.#stack[depth++] = first[at];
      }
    }
    return false;
  }

  /** The first hit from an index on. @param {string} text @param {number} from @returns {[number, number] | null} */
  #find(text, from) {
    /** The ways that are open, preferred ones first, and where each began. @type {[number, number][]} */
    let ways = [];
    /** @type {[number, number] | null} */
    let found = null;
    let before = this.#kindBefore(text, from);
    for (let at = from; at <= text.length && (ways.length || !found); ) {
      const point = text.codePointAt(at);
      const letter = point === undefined ? -1 : this.#alphabet.letter(point);
      const after = letter < 0 ? NEWLINE : this.#alphabet.kind(letter);
      if (!found) ways.push([0, at]);
      /** @type {[number, number][]} */
      const next = [];
      this.#place += 1;
      for (const [seed, start] of ways) {
        if (!this.#follow(seed, before, after, letter, (instruction) => next.push([instruction, start])))
          continue;
        found = [start, at];
        break;
      }
      ways = next;
      before = after;
      at += width(text, at);
    }
    return found;
  }

  /** @param {string} text @param {number} at */
  #kindBefore(text, at) {
    if (!at) return NEWLINE;
    const low = text.charCodeAt(at - 1);
    const pair = at > 1 && low >= 0xdc00 && low < 0xe000 ? (text.codePointAt(at - 2) ?? 0) : 0;
    return this.#alphabet.kind(this.#alphabet.letter(pair > 0xffff ? pair : low));
  }
}

/** The states that have been built. There may be far too many: then it begins anew, or is found to be useless. */
class Machine {
  /** Characters read by it since it began. */
  read = 0;
  useless = false;
  /** @type {State} */
  start = { seeds: [0], before: NEWLINE, next: [] };
  /** @type {Map<string, State>} */
  #states = new Map();

  /** @param {number[]} seeds @param {number} before @returns {State} */
  state(seeds, before) {
    const key = `${before} ${seeds}`;
    let state = this.#states.get(key);
    if (state) return state;
    if (this.#states.size === MAX_STATES) this.#beginAnew();
    state = { seeds, before, next: [] };
    this.#states.set(key, state);
    return state;
  }

  #beginAnew() {
    this.useless = this.read < MAX_STATES * MIN_REUSE;
    this.read = 0;
    this.start = { ...this.start, next: [] };
    this.#states.clear();
  }
}

/** @param {number} place @param {number} before kind of the character before @param {number} after kind of the one after */
function holds(place, before, after) {
  if (place === LINE_START) return before === NEWLINE;
  if (place === LINE_END) return after === NEWLINE;
  return ((before === WORD) !== (after === WORD)) === (place === WORD_EDGE);
}

/** @param {string} text @param {number} at @returns {number} of UTF-16 units that the character here takes, at least 1 */
function width(text, at) {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
