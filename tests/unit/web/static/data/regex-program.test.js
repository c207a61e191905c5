import assert from "node:assert/strict";
import { test } from "node:test";

import { compile, JUMP, MATCH, SET, SPLIT } from "../../../../../userstatus/web/static/data/regex-program.js";

test("what is repeated is branched to, the preferred way first", () => {
  const greedy = compile("a*");
  assert.deepEqual(greedy.operations, [SPLIT, SET, JUMP, MATCH]);
  assert.deepEqual([greedy.first[0], greedy.second[0]], [1, 3]);
  const lazy = compile("a*?");
  assert.deepEqual([lazy.first[0], lazy.second[0]], [3, 1]);
});

test("the same set is kept once", () => {
  const { sets, asserts } = compile("a[bc]a[bc]");
  assert.equal(sets.length, 2);
  assert.equal(asserts, false);
});

test("a repetition of what cannot be empty is written once, so that nested ones stay small", () => {
  assert.ok(compile(`${"(".repeat(20)}a${"+)".repeat(20)}`).length < 30);
});
