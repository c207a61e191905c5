import assert from "node:assert/strict";
import { test } from "node:test";

import { fileName, lastHours, writeTime } from "../../../../../userstatus/web/static/data/period.js";
import { timeIn } from "../../../../../userstatus/web/static/data/time-input.js";

const EVENING = Date.parse("2026-11-23T18:00:00Z") / 1000;
const MORNING = Date.parse("2026-11-24T06:00:00Z") / 1000;

test("the last hours begin at a whole minute and end now", () => {
  assert.deepEqual(lastHours(12, MORNING + 42.5), { from: EVENING, to: MORNING + 42.5 });
});

test("a file is named after its sites and its period", () => {
  const period = { from: EVENING, to: MORNING };
  assert.equal(fileName("mrc1", period, false), "userstatus-mrc1-2026-11-23T18Z-2026-11-24T06Z");
  assert.equal(fileName("a,b", period, true), "userstatus-a-b-2026-11-23T18Z-2026-11-24T06Z-partial");
});

test("minutes are named only where the hour is not whole", () => {
  const period = { from: EVENING + 300, to: MORNING - 60 };
  assert.equal(fileName("tst", period, false), "userstatus-tst-2026-11-23T1805Z-2026-11-24T0559Z");
});

test("the period in a name includes all of the period", () => {
  const period = { from: EVENING + 59.9, to: MORNING - 59.9 };
  assert.equal(fileName("tst", period, false), "userstatus-tst-2026-11-23T18Z-2026-11-24T06Z");
});

test("a period without a beginning is named by its end", () => {
  assert.equal(fileName("*", { from: null, to: MORNING }, false), "userstatus-every-site-2026-11-24T06Z");
});

test("times are written in UTC or in the zone of the viewer, as they can be read again", () => {
  assert.equal(writeTime(MORNING, false), "2026-11-24 06:00");
  for (const local of [true, false]) assert.equal(timeIn(writeTime(MORNING, local), local), MORNING);
});
