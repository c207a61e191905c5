import assert from "node:assert/strict";
import { test } from "node:test";

import { byLevel, LEVELS, SYMBOLS, worst } from "../../../../../userstatus/web/static/data/levels.js";

test("the worst level is the most severe one that occurs", () => {
  assert.equal(worst({ debug: 3, info: 9, warning: 0, error: 1, critical: 0 }), "error");
  assert.equal(worst({ debug: 0, info: 1, warning: 0, error: 0, critical: 0 }), "info");
});

test("without messages there is no worst level", () => {
  assert.equal(worst({ debug: 0, info: 0, warning: 0, error: 0, critical: 0 }), undefined);
});

test("every level has a symbol of its own, for those who see no colours", () => {
  assert.deepEqual(Object.keys(SYMBOLS), LEVELS);
  assert.equal(new Set(Object.values(SYMBOLS)).size, LEVELS.length);
});

test("a value can be made for each level", () => {
  assert.deepEqual(
    byLevel((level) => level.length),
    { debug: 5, info: 4, warning: 7, error: 5, critical: 8 },
  );
});
