/** A regular expression as a program: instructions that take one character each, or branch, with the preferred way first. */

import { PatternError, parse } from "./regex-syntax.js";

/** @typedef {import("./regex-syntax.js").Node} Node */

/** Operations. What `first` and `second` are of each instruction: */
export const SET = 0; // the index of a set in which the next character has to be
export const ASSERT = 1; // one of the places below
export const JUMP = 2; // the next instruction
export const SPLIT = 3; // the next instruction to prefer, and the other one
export const MATCH = 4;

/** Places between characters. */
export const LINE_START = 0;
export const LINE_END = 1;
export const WORD_EDGE = 2;
export const NO_WORD_EDGE = 3;
const PLACES = { "^": LINE_START, $: LINE_END, b: WORD_EDGE, B: NO_WORD_EDGE };

const MAX_INSTRUCTIONS = 500; // the time per character grows with them
const MAX_PARTS = 10_000; // that are written, be they empty

/**
 * `sets` are sources of RegExps for one character each; `asserts` is whether it looks at places between characters.
 * @typedef {{operations: number[], first: number[], second: number[], sets: string[], asserts: boolean, length: number}} Program
 */

/** @param {string} pattern @returns {Program} @throws {PatternError} */
export function compile(pattern) {
  const writer = new Writer();
  writer.write(parse(pattern));
  return writer.finish();
}

class Writer {
  /** @type {number[]} */
  #operations = [];
  /** @type {number[]} */
  #first = [];
  /** @type {number[]} */
  #second = [];
  /** @type {Map<string, number>} */
  #sets = new Map();
  #parts = 0;

  /** @param {Node} node */
  write(node) {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) throw tooLong();
    if (node.kind === "set") this.#add(SET, this.#set(node.source));
    else if (node.kind === "assert") this.#add(ASSERT, PLACES[node.which]);
    else if (node.kind === "sequence") for (const part of node.parts) this.write(part);
    else if (node.kind === "choice") this.#choice(node.options);
    else this.#repeat(node);
  }

  /** @returns {Program} */
  finish() {
    this.#add(MATCH);
    return {
      operations: this.#operations,
      first: this.#first,
      second: this.#second,
      sets: [...this.#sets.keys()],
      asserts: this.#operations.includes(ASSERT),
      length: this.#operations.length,
    };
  }

  /** @param {Node[]} options */
  #choice(options) {
    const jumps = options.slice(0, -1).map((option) => {
      const split = this.#add(SPLIT);
      this.#first[split] = this.#here;
      this.write(option);
      const jump = this.#add(JUMP);
      this.#second[split] = this.#here;
      return jump;
    });
    this.write(options[options.length - 1]);
    for (const jump of jumps) this.#first[jump] = this.#here;
  }

  /** @param {Extract<Node, {kind: "repeat"}>} node */
  #repeat({ part, min, max, lazy }) {
    // As the last one that is needed can be the one that is repeated, unless it may be empty: preferences would differ.
    const loops = max === Infinity && min > 0 && !canBeEmpty(part);
    for (let count = loops ? 1 : 0; count < min; count += 1) this.write(part);
    if (loops) {
      const start = this.#here;
      this.write(part);
      this.#branch(this.#add(SPLIT), start, this.#here, lazy);
    } else if (max === Infinity) {
      const split = this.#add(SPLIT);
      this.write(part);
      this.#first[this.#add(JUMP)] = split;
      this.#branch(split, split + 1, this.#here, lazy);
    } else this.#optional(part, max - min, lazy);
  }

  /** @param {Node} part @param {number} most @param {boolean} lazy */
  #optional(part, most, lazy) {
    /** @type {number[]} */
    const splits = [];
    for (let count = 0; count < most; count += 1) {
      splits.push(this.#add(SPLIT));
      this.write(part);
    }
    for (const split of splits) this.#branch(split, split + 1, this.#here, lazy);
  }

  /** @param {number} split @param {number} again @param {number} on @param {boolean} lazy whether going on is preferred */
  #branch(split, again, on, lazy) {
    this.#first[split] = lazy ? on : again;
    this.#second[split] = lazy ? again : on;
  }

  /** @param {number} operation @param {number} [first] @returns {number} its place in the program */
  #add(operation, first = 0) {
    if (this.#here >= MAX_INSTRUCTIONS) throw tooLong();
    this.#first.push(first);
    this.#second.push(0);
    return this.#operations.push(operation) - 1;
  }

  get #here() {
    return this.#operations.length;
  }

  /** @param {string} source @returns {number} its index */
  #set(source) {
    const index = this.#sets.get(source) ?? this.#sets.size;
    this.#sets.set(source, index);
    return index;
  }
}

function tooLong() {
  return new PatternError("this expression is too long, with what it repeats written out", 0);
}

/** @param {Node} node @returns {boolean} */
function canBeEmpty(node) {
  if (node.kind === "set") return false;
  if (node.kind === "assert") return true;
  if (node.kind === "sequence") return node.parts.every(canBeEmpty);
  if (node.kind === "choice") return node.options.some(canBeEmpty);
  return node.min === 0 || canBeEmpty(node.part);
}
