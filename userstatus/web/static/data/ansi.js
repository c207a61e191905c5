/**
 * Texts as programs write them for terminals: the escape sequences that colour them become styles; all others, and
 * control characters that have no picture, are left out. Sequences are those of ECMA-48 (ISO 6429); the numbers are those
 * of its "select graphic rendition".
 */

/**
 * A part of a text, from an index to the one after its end, and the classes of its style.
 * @typedef {[start: number, end: number, classes: string]} Styled
 */

const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const CONTROL = /(?![\t\n])\p{Cc}/u;
// Its repeats cannot match the same character, one after the other: it takes time in proportion to the text.
const TOKEN = new RegExp(
  [
    "(?:\\u001b\\[|\\u009b)(?<numbers>[0-?]*)[ -/]*(?<final>[@-~])", // a control sequence
    // A string, such as a window's title. One that does not end is no string: what follows is shown.
    "\\u001b[\\]PX^_][^\\u0007\\u001b\\n]*(?:\\u0007|\\u001b\\\\)",
    "\\u001b[ -/]*[0-~]?", // any other sequence
    "(?<line>\\r\\n?)",
    CONTROL.source,
  ].join("|"),
  "gu",
);

/** @param {string} text @returns {string} the text as it is shown, without styles */
export function withoutEscapes(text) {
  return CONTROL.test(text) ? styled(text).plain : text;
}

/** @param {string} text @returns {{plain: string, styles: Styled[]}} the text as it is shown, and the styles of its parts */
export function styled(text) {
  if (!CONTROL.test(text)) return { plain: text, styles: [] };
  const style = new Style();
  /** @type {Styled[]} */
  const styles = [];
  let [plain, from] = ["", 0];
  /** @param {string} part */
  const append = (part) => {
    const { classes } = style;
    if (part && classes) styles.push([plain.length, plain.length + part.length, classes]);
    plain += part;
  };
  for (const { 0: token, index, groups } of text.matchAll(TOKEN)) {
    append(text.slice(from, index));
    from = index + token.length;
    if (groups?.line) append("\n");
    if (groups?.final === "m") style.select(groups.numbers);
  }
  append(text.slice(from));
  return { plain, styles };
}

/** What the sequences so far have selected. */
class Style {
  #color = "";
  /** @type {Set<string>} */
  #others = new Set();

  get classes() {
    return [this.#color, ...this.#others]
      .filter(Boolean)
      .map((name) => `ansi-${name}`)
      .join(" ");
  }

  /** @param {string} numbers such as `1;31` */
  select(numbers) {
    const codes = numbers.split(/[;:]/).map(Number);
    for (let place = 0; place < codes.length; place += 1) {
      // 38;5;N and 38;2;R;G;B are of larger palettes, of which this page has the first sixteen colours.
      const isExtended = codes[place] === 38 || codes[place] === 48;
      if (isExtended && codes[place] === 38 && codes[place + 1] === 5) this.#paint(codes[place + 2]);
      if (isExtended) place += codes[place + 1] === 5 ? 2 : 4;
      else this.#apply(codes[place]);
    }
  }

  /** @param {number} color */
  #paint(color) {
    this.#color = COLORS[color % 8] && color < 16 ? COLORS[color % 8] : "";
  }

  /** @param {number} code */
  #apply(code) {
    if (code === 0) {
      this.#color = "";
      this.#others.clear();
    } else if (code === 1) this.#others.add("bold");
    else if (code === 3) this.#others.add("italic");
    else if (code === 4) this.#others.add("underline");
    else if (code === 22) this.#others.delete("bold");
    else if (code === 23) this.#others.delete("italic");
    else if (code === 24) this.#others.delete("underline");
    else if (code === 39) this.#color = "";
    else if (code >= 30 && code <= 37) this.#paint(code - 30);
    else if (code >= 90 && code <= 97) this.#paint(code - 90);
  }
}
