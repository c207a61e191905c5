import assert from "node:assert/strict";
import { test } from "node:test";

import { matches } from "../../../../../userstatus/web/static/data/wall-filter.js";

const TEXTS = ["mrc1", "error", "Dome stuck"];

test("a filter looks in all that a tile shows, ignoring case, for every one of its words", () => {
  assert.ok(matches("MRC", TEXTS));
  assert.ok(matches("stuck mrc1", TEXTS));
  assert.ok(!matches("stuck mrc2", TEXTS));
});

test("an empty filter hides nothing", () => {
  assert.ok(matches("", TEXTS));
});

test("a word is not found across two texts", () => {
  assert.ok(!matches("errorDome", TEXTS));
});
