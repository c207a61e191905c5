import assert from "node:assert/strict";
import { test } from "node:test";

import { fit } from "../../../../../userstatus/web/static/data/wall-layout.js";

const TILE = { width: 20, height: 10, smallest: 10, largest: 100 };

test("tiles are as large as fits, in as many columns as that takes", () => {
  assert.deepEqual(fit({ width: 3000, height: 1000 }, 6, TILE), { columns: 3, rows: 2, font: 50 });
  assert.deepEqual(fit({ width: 1000, height: 3000 }, 6, TILE), { columns: 1, rows: 6, font: 50 });
});

test("a single tile is not larger than the largest font, and none at all is no trouble", () => {
  assert.equal(fit({ width: 9000, height: 9000 }, 1, TILE).font, 100);
  assert.deepEqual([fit({ width: 900, height: 900 }, 0, TILE).columns], [1]);
});

test("where they do not fit with the smallest font, the columns are as wide as it needs", () => {
  assert.deepEqual(fit({ width: 500, height: 300 }, 100, TILE), { columns: 2, rows: 50, font: 10 });
  assert.deepEqual(fit({ width: 90, height: 300 }, 100, TILE), { columns: 1, rows: 100, font: 10 });
});
