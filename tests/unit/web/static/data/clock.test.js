import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock, duration, iso, now } from "../../../../../userstatus/web/static/data/clock.js";

const WINTER = 1604553663; // 2020-11-05 05:21:03 UTC
const SUMMER = 1593580863; // 2020-07-01 05:21:03 UTC

process.env.TZ = "America/Los_Angeles";

test("times are in UTC, with the name of the zone", () => {
  const clock = new Clock(false);
  assert.equal(clock.time(WINTER), "05:21:03");
  assert.equal(clock.day(WINTER), "2020-11-05 UTC");
  assert.equal(clock.moment(WINTER), "05:21:03, 2020-11-05 UTC");
});

test("times can be in local time, whose day and zone may differ", () => {
  const clock = new Clock(true);
  assert.equal(clock.time(WINTER), "21:21:03");
  assert.match(clock.day(WINTER), /^2020-11-04 (GMT-8|PST)$/);
  assert.match(clock.zone(SUMMER), /^(GMT-7|PDT)$/);
});

test("a moment can be written so that moments sort by their text", () => {
  assert.equal(new Clock(false).dayAndTime(WINTER), "2020-11-05 05:21:03");
  assert.equal(new Clock(true).dayAndTime(WINTER), "2020-11-04 21:21:03");
  assert.equal(new Clock(false).dayAndTime(1e300), "1e+300");
});

test("a day ends between two quarters of an hour", () => {
  const clock = new Clock(false);
  const midnight = WINTER - (WINTER % 86_400);
  assert.equal(clock.day(midnight - 1), "2020-11-04 UTC");
  assert.equal(clock.day(midnight), "2020-11-05 UTC");
});

test("a time that is not a valid date is shown as a number", () => {
  const clock = new Clock(false);
  assert.equal(clock.time(1e300), "1e+300");
  assert.equal(clock.day(1e300), "not a valid date");
  assert.equal(iso(1e300), "1e+300");
  assert.equal(iso(8.64e12), "+275760-09-13T00:00:00Z");
  assert.equal(iso(8.64e12 + 1), "8640000000001");
});

test("now is in unix seconds, and its zone is the default", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: SUMMER * 1000 });
  assert.equal(now(), SUMMER);
  assert.match(new Clock(true).zone(), /^(GMT-7|PDT)$/);
});

test("ISO 8601 is to the second, in UTC", () => {
  assert.equal(iso(WINTER + 0.789), "2020-11-05T05:21:03Z");
});

test("a duration is in the unit that suits it", () => {
  const cases = {
    "-5": "0 s",
    59.9: "59 s",
    60: "1 min",
    3599: "59 min",
    3600: "1 h",
    172799: "47 h",
    172800: "2 days",
  };
  for (const [seconds, words] of Object.entries(cases)) assert.equal(duration(Number(seconds)), words);
});
