import assert from "node:assert/strict";
import { test } from "node:test";

import { Offsets } from "../../../../../userstatus/web/static/view/offsets.js";

function of(...heights) {
  const offsets = new Offsets();
  offsets.arrange(heights.map((height) => ({ height })));
  return offsets;
}

test("items lie one below the other, with an estimate where nothing was measured", () => {
  const offsets = of(10, 0, 30);
  assert.deepEqual(
    [0, 1, 2].map((index) => offsets.top(index)),
    [0, 10, 32],
  );
  assert.equal(offsets.total, 62);
});

test("the item at a place is found, including its edges", () => {
  const offsets = of(10, 20, 30);
  const places = { 0: 0, 9.9: 0, 10: 1, 29.9: 1, 30: 2, 59.9: 2 };
  for (const [place, index] of Object.entries(places)) assert.equal(offsets.at(Number(place)), index);
});

test("beyond the ends, the nearest item is found", () => {
  const offsets = of(10, 20, 30);
  assert.equal(offsets.at(-400), 0);
  assert.equal(offsets.at(1e9), 2);
});

test("a range has every item that is partly within it", () => {
  const offsets = of(...Array(100).fill(10));
  assert.deepEqual(offsets.range(95, 125), [9, 13]);
  assert.deepEqual(offsets.range(-400, 400), [0, 41]);
  assert.deepEqual(offsets.range(980, 5000), [98, 100]);
});

test("without items the range is empty, and the height zero", () => {
  const offsets = of();
  assert.deepEqual(offsets.range(-400, 1000), [0, 0]);
  assert.equal(offsets.total, 0);
});

test("the number of items can grow beyond the first allocation, and shrink again", () => {
  const offsets = new Offsets();
  for (const count of [1023, 1024, 5000, 3]) {
    offsets.arrange(Array(count).fill({ height: 2 }));
    assert.equal(offsets.total, count * 2);
    assert.equal(offsets.at(1e9), count - 1);
  }
});
