import assert from "node:assert/strict";
import { test } from "node:test";

import { Alphabet, NEWLINE, OTHER, WORD } from "../../../../../userstatus/web/static/data/regex-alphabet.js";

const points = (text) => [...text].map((character) => character.codePointAt(0));

test("characters in the same sets are the same letter, in either case and in any alphabet", () => {
  const alphabet = new Alphabet(["[a-c]", "\\u{e9}"]);
  const [a, b, upper, other, e, upperE] = points("abCzéÉ").map((point) => alphabet.letter(point));
  assert.equal(a, b);
  assert.equal(a, upper);
  assert.notEqual(a, other);
  assert.equal(e, upperE);
  assert.deepEqual([alphabet.isIn(a, 0), alphabet.isIn(a, 1), alphabet.isIn(e, 1)], [true, false, true]);
});

test("it knows line breaks and the characters of words", () => {
  const alphabet = new Alphabet([]);
  const kinds = points("\n\u2028_9z -😀").map((point) => alphabet.kind(alphabet.letter(point)));
  assert.deepEqual(kinds, [NEWLINE, NEWLINE, WORD, WORD, WORD, OTHER, OTHER, OTHER]);
});
