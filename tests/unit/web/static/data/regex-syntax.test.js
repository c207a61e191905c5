import assert from "node:assert/strict";
import { test } from "node:test";

import { PatternError, parse } from "../../../../../userstatus/web/static/data/regex-syntax.js";

const a = { kind: "set", source: "\\u{61}" };
const b = { kind: "set", source: "\\u{62}" };

test("a pattern is read into a tree", () => {
  assert.deepEqual(parse("a|b"), { kind: "choice", options: [a, b] });
  assert.deepEqual(parse("ab"), { kind: "sequence", parts: [a, b] });
  assert.deepEqual(parse("a{2,3}?"), { kind: "repeat", part: a, min: 2, max: 3, lazy: true });
  assert.deepEqual(parse("a+"), {
    kind: "repeat",
    part: a,
    min: 1,
    max: Number.POSITIVE_INFINITY,
    lazy: false,
  });
  assert.deepEqual(parse("\\b"), { kind: "assert", which: "b" });
});

test("a class becomes the source of a set in which nothing has another meaning", () => {
  assert.deepEqual(parse("[^a-b\\d^-]"), { kind: "set", source: "[^\\u{61}-\\u{62}\\d\\u{5e}\\u{2d}]" });
});

test("an error says where it is", () => {
  assert.throws(
    () => parse("ab("),
    (error) => error instanceof PatternError && error.position === 2,
  );
});
