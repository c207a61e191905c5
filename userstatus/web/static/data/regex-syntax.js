/** The syntax of regular expressions: it is read into a tree, and what is not known in it is named. */

/**
 * `set` is one character out of those that the source of a RegExp describes; `assert` is a place between characters.
 * @typedef {{kind: "set", source: string}
 *   | {kind: "assert", which: "^" | "$" | "b" | "B"}
 *   | {kind: "sequence", parts: Node[]}
 *   | {kind: "choice", options: Node[]}
 *   | {kind: "repeat", part: Node, min: number, max: number, lazy: boolean}} Node
 */

export const MAX_COUNT = 1000; // in {…}
const MAX_DEPTH = 100; // of groups in groups: each is a call within a call
const CONTROLS = new Map([..."tnvfr"].map((name, index) => [name, 9 + index]));
const HEX_LENGTHS = { x: 2, u: 4 };

/** The expression is wrong, or uses what is not supported. */
export class PatternError extends Error {
  /** @param {string} message @param {number} position in the expression, from 0 */
  constructor(message, position) {
    super(message);
    this.position = position;
  }
}

/** @param {string} pattern @returns {Node} @throws {PatternError} */
export function parse(pattern) {
  return new Parser(pattern).parse();
}

class Parser {
  #text;
  #at = 0;
  #depth = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  parse() {
    const found = this.#choice();
    if (this.#at < this.#text.length) throw new PatternError("this ) closes nothing", this.#at);
    return found;
  }

  /** @returns {Node} */
  #choice() {
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    return options.length === 1 ? options[0] : { kind: "choice", options };
  }

  /** @returns {Node} */
  #sequence() {
    /** @type {Node[]} */
    const parts = [];
    while (this.#at < this.#text.length && !this.#sees("|") && !this.#sees(")"))
      parts.push(this.#repeated(this.#atom()));
    return parts.length === 1 ? parts[0] : { kind: "sequence", parts };
  }

  /** @param {Node} part @returns {Node} */
  #repeated(part) {
    const start = this.#at;
    const counts = this.#counts();
    if (!counts) return part;
    if (part.kind === "assert") throw new PatternError("there is nothing to repeat here", start);
    const [min, max] = counts;
    const lazy = this.#take("?");
    const again = this.#at;
    if (this.#counts()) throw new PatternError("there is nothing to repeat here", again);
    return { kind: "repeat", part, min, max, lazy };
  }

  /** How often to repeat. @returns {[number, number] | null} */
  #counts() {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    const [all, least, comma, most] = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#text.slice(this.#at)) ?? [];
    if (!all) return null;
    const min = Number(least);
    const max = comma === undefined ? min : most ? Number(most) : Infinity;
    if (max < min) throw new PatternError(`the numbers in ${all} are in the wrong order`, this.#at);
    if (min > MAX_COUNT || (max > MAX_COUNT && max < Infinity))
      throw new PatternError(`${all} repeats more than ${MAX_COUNT.toLocaleString("en")} times`, this.#at);
    this.#at += all.length;
    return [min, max];
  }

  /** @returns {Node} */
  #atom() {
    const start = this.#at;
    if (this.#take("(")) return this.#group(start);
    if (this.#take("[")) return this.#class(start);
    if (this.#take("^")) return { kind: "assert", which: "^" };
    if (this.#take("$")) return { kind: "assert", which: "$" };
    if (this.#take(".")) return { kind: "set", source: "." };
    if (this.#counts()) throw new PatternError("there is nothing to repeat here", start);
    if (!this.#take("\\")) return { kind: "set", source: literal(this.#character()) };
    if (this.#take("b")) return { kind: "assert", which: "b" };
    if (this.#take("B")) return { kind: "assert", which: "B" };
    const escaped = this.#escape();
    return { kind: "set", source: typeof escaped === "number" ? literal(escaped) : escaped };
  }

  /** @param {number} start of the group @returns {Node} */
  #group(start) {
    if (this.#sees("?") && !this.#take("?:")) throw new PatternError(this.#unknownGroup(), start);
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new PatternError("there are too many groups in groups", start);
    const inside = this.#choice();
    if (!this.#take(")")) throw new PatternError("this ( is not closed", start);
    this.#depth -= 1;
    // A group of its own, so that what follows repeats all of it, and a place in it can be repeated.
    return { kind: "sequence", parts: [inside] };
  }

  #unknownGroup() {
    const rest = this.#text.slice(this.#at);
    if (/^\?<?[=!]/.test(rest)) return "look-ahead and look-behind are not supported";
    if (/^\?[a-z-]*[:)]/i.test(rest))
      return "flags are not supported; upper and lower case are always the same";
    return "only groups ( ) and (?: ) are supported";
  }

  /** @param {number} start of the class @returns {Node} */
  #class(start) {
    const negated = this.#take("^");
    let source = "";
    while (!this.#take("]")) {
      if (this.#at >= this.#text.length) throw new PatternError("this [ is not closed", start);
      source += this.#item();
    }
    if (!source) throw new PatternError("there is nothing in these [ ]; write \\] for the bracket", start);
    return { kind: "set", source: `[${negated ? "^" : ""}${source}]` };
  }

  /** A character, a range or an escape in a class. @returns {string} source */
  #item() {
    const start = this.#at;
    const from = this.#member();
    if (typeof from === "string") return from;
    if (!this.#sees("-") || this.#sees("-]")) return literal(from);
    const hyphen = this.#at;
    this.#at += 1;
    if (this.#at >= this.#text.length) return literal(from); // it is not closed
    const to = this.#member();
    if (typeof to === "string") {
      this.#at = hyphen; // as in [0-\d], where it is a mere hyphen
      return literal(from);
    }
    if (to < from) throw new PatternError("this range is in the wrong order", start);
    return `${literal(from)}-${literal(to)}`;
  }

  /** @returns {number | string} a code point, or the source of a set */
  #member() {
    if (!this.#take("\\")) return this.#character();
    return this.#take("b") ? 8 : this.#escape();
  }

  /** What follows a backslash. @returns {number | string} a code point, or the source of a set */
  #escape() {
    const start = this.#at - 1;
    if (this.#at >= this.#text.length) throw new PatternError("there is nothing after this \\", start);
    const name = this.#text[this.#at];
    if (/[dDwWsS]/.test(name)) {
      this.#at += 1;
      return `\\${name}`;
    }
    if (name === "x" || name === "u") return this.#hex(name, start);
    if (/[1-9k]/.test(name)) throw new PatternError("references to groups are not supported", start);
    const control = name === "0" ? 0 : CONTROLS.get(name);
    if (control === undefined && /[a-z]/i.test(name)) throw new PatternError(`\\${name} is not known`, start);
    const character = this.#character();
    return control ?? character;
  }

  /** A character by its number. @param {"x" | "u"} name @param {number} start */
  #hex(name, start) {
    this.#at += 1;
    const rest = this.#text.slice(this.#at);
    const length = HEX_LENGTHS[name];
    const [all, digits] =
      (name === "u" && /^\{([0-9a-f]{1,6})\}/i.exec(rest)) ||
      (new RegExp(`^([0-9a-f]{${length}})`, "i").exec(rest) ?? []);
    const point = Number.parseInt(digits ?? "", 16);
    if (!all || point > 0x10ffff)
      throw new PatternError(`\\${name} needs ${length} hexadecimal digits`, start);
    this.#at += all.length;
    return point;
  }

  /** @returns {number} the code point here, after which it goes on */
  #character() {
    const point = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += point > 0xffff ? 2 : 1;
    return point;
  }

  /** @param {string} text */
  #sees(text) {
    return this.#text.startsWith(text, this.#at);
  }

  /** @param {string} text @returns {boolean} whether it was there */
  #take(text) {
    if (!this.#sees(text)) return false;
    this.#at += text.length;
    return true;
  }
}

/** @param {number} point a code point */
function literal(point) {
  return `\\u{${point.toString(16)}}`;
}
