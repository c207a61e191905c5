import assert from "node:assert/strict";
import { test } from "node:test";

import {
  byLevel,
  changeOf,
  countOf,
  LEVELS,
  SYMBOLS,
  worst,
} from "../../../../../userstatus/web/static/data/levels.js";

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

test("a number of messages is written with the plural of its level", () => {
  const words = [countOf(1, "error"), countOf(1200, "error"), countOf(2, "warning"), countOf(3, "info")];
  assert.deepEqual(words, ["1 error", "1,200 errors", "2 warnings", "3 info"]);
});

test("a level that a rule has changed says what the telescope's was", () => {
  assert.equal(changeOf({ log_level: "info" }), null);
  assert.deepEqual(changeOf({ log_level: "critical", original_level: "info" }), {
    sign: "↑",
    short: "raised from info by a rule",
    long: "info by the telescope, raised to critical by a rule",
  });
  assert.equal(changeOf({ log_level: "debug", original_level: "info" }).short, "lowered from info by a rule");
});
