/** The characters as a regular expression sees them: those that are in the same sets are the same letter to it. */

/** Kinds of characters, for the places between them. The ends of the text count as line breaks. */
export const NEWLINE = 0;
export const WORD = 1;
export const OTHER = 2;

const ASCII = 128;
const MAX_REMEMBERED = 10_000; // characters beyond ASCII
const FLAGS = "iu"; // a RegExp of one character takes no time to speak of, and knows the cases of all alphabets
const LINE_BREAK = /^[\n\r\u2028\u2029]$/;
const OF_WORDS = new RegExp("^\\w$", FLAGS);

export class Alphabet {
  #sets;
  #ascii = new Int32Array(ASCII).fill(-1);
  /** @type {Map<number, number>} */
  #others = new Map();
  /** @type {Map<string, number>} */
  #letters = new Map();
  /** For each letter, its kind, and for each set whether it is in it. @type {{kind: number, isIn: boolean[]}[]} */
  #known = [];

  /** @param {string[]} sets each the source of a RegExp for one character */
  constructor(sets) {
    this.#sets = sets.map((source) => new RegExp(`^${source}$`, FLAGS));
  }

  /** @param {number} point a code point @returns {number} its letter, from 0 */
  letter(point) {
    const known = point < ASCII ? this.#ascii[point] : (this.#others.get(point) ?? -1);
    return known < 0 ? this.#learn(point) : known;
  }

  /** @param {number} letter */
  kind(letter) {
    return this.#known[letter].kind;
  }

  /** @param {number} letter @param {number} set its index */
  isIn(letter, set) {
    return this.#known[letter].isIn[set];
  }

  /** @param {number} point */
  #learn(point) {
    const character = String.fromCodePoint(point);
    const kind = LINE_BREAK.test(character) ? NEWLINE : OF_WORDS.test(character) ? WORD : OTHER;
    const isIn = this.#sets.map((set) => set.test(character));
    const key = `${kind} ${isIn}`;
    let letter = this.#letters.get(key);
    if (letter === undefined) {
      letter = this.#known.push({ kind, isIn }) - 1;
      this.#letters.set(key, letter);
    }
    if (point < ASCII) this.#ascii[point] = letter;
    else {
      if (this.#others.size >= MAX_REMEMBERED) this.#others.clear();
      this.#others.set(point, letter);
    }
    return letter;
  }
}
