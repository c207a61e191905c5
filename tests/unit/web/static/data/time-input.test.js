import assert from "node:assert/strict";
import { test } from "node:test";

import { timeIn, typedTime } from "../../../../../userstatus/web/static/data/time-input.js";

process.env.TZ = "America/Los_Angeles";
const at = (...parts) => Date.UTC(...parts) / 1000;
const NOW = at(2026, 10, 24, 3, 0);

test("a date with a time is in UTC, unless it names a zone or the viewer's own is asked for", () => {
  const expected = at(2026, 10, 23, 2, 13);
  for (const text of [
    "2026-11-23T02:13Z",
    "2026-11-23 02:13",
    " 2026-11-23T02:13:00.5 UTC ",
    "2026-11-23T03:13+01:00",
  ])
    assert.equal(timeIn(text), expected, text);
  assert.equal(timeIn("2026-11-22 18:13", true), expected);
  assert.equal(timeIn("2026-11-23"), at(2026, 10, 23));
});

test("what is no time is none", () => {
  for (const text of [
    "",
    "now",
    "2026-13-01 00:00",
    "2026-11-23 25:00",
    "2026-02-30 12:00",
    "23.11.2026",
    "2026-11-23T02:13+0100x",
  ])
    assert.equal(timeIn(text), null, text);
});

test("a time of the day is the last one that has passed", () => {
  assert.equal(typedTime("02:13", NOW, false), at(2026, 10, 24, 2, 13));
  assert.equal(typedTime("03:01", NOW, false), at(2026, 10, 23, 3, 1));
  assert.equal(typedTime("18:30", NOW, true), at(2026, 10, 24, 2, 30));
  assert.equal(typedTime("20:00", NOW, true), at(2026, 10, 23, 4, 0));
  assert.equal(typedTime("2:13:30 UTC", NOW, true), at(2026, 10, 24, 2, 13, 30));
  assert.equal(typedTime("24:00", NOW, false), null);
});

test("how long ago is a time as well", () => {
  assert.equal(typedTime("3h ago", NOW, false), NOW - 10_800);
  assert.equal(typedTime("90 min", NOW, false), NOW - 5400);
  assert.equal(typedTime("5 minutes ago", NOW, false), NOW - 300);
  assert.equal(typedTime("1 day", NOW, false), NOW - 86_400);
  assert.equal(typedTime("30 seconds ago", NOW, false), NOW - 30);
  assert.equal(typedTime("2 days ago", NOW, false), NOW - 172_800);
  assert.equal(typedTime("3 weeks ago", NOW, false), null);
  assert.equal(typedTime("3 mours ago", NOW, false), null);
});
