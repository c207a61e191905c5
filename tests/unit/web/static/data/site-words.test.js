import assert from "node:assert/strict";
import { test } from "node:test";

import { ageWords, hour, siteWords } from "../../../../../userstatus/web/static/data/site-words.js";
import { condition } from "../../../../../userstatus/web/static/data/urgency.js";
import { message } from "../support.js";

const AT = Date.UTC(2026, 10, 24, 5, 14) / 1000;

function words({ worst, last, delays = [0] }) {
  const latest = worst ? { [worst.log_level]: worst } : {};
  const site = { site: "tst", last: last ?? worst, latest, delays };
  return siteWords(site, condition(site, AT), AT);
}

test("a time has a date only if it is another day's, in UTC", () => {
  assert.equal(hour(AT - 3 * 3600, AT), "02:14");
  assert.equal(hour(AT - 6 * 3600, AT), "2026-11-23 23:14");
});

test("a silence is told by its beginning and its length", () => {
  assert.deepEqual(ageWords(AT - 3 * 3600, true, AT), ["silent", "since 02:14", "(3 h)"]);
  assert.deepEqual(ageWords(AT - 3 * 86_400, true, AT), ["silent", "since 2026-11-21 05:14", "(3 days)"]);
});

test("a site that is not silent has an age", () => {
  assert.deepEqual(ageWords(AT - 5, false, AT), ["5 s ago", "", ""]);
});

test("a tile says what is wrong, when it was received, and what came last", () => {
  const worst = message(1, { log_level: "critical", message: "Rain: closing", received_at: AT - 600 });
  const found = words({ worst, last: message(2, { message: "Telescope parked", received_at: AT }) });
  assert.deepEqual(
    [found.sign, found.state, found.level, found.time, found.worst, found.last],
    ["‼", "critical", "‼ critical", "05:04", "Rain: closing", "Telescope parked"],
  );
});

test("the last message is not said twice if it is the worst one", () => {
  const worst = message(1, { log_level: "error", message: "Dome stuck", received_at: AT });
  assert.deepEqual([words({ worst }).worst, words({ worst }).last], ["Dome stuck", ""]);
});

test("a site can be critical and silent, and its clock be off", () => {
  const worst = message(1, { log_level: "critical", received_at: AT - 7200 });
  const found = words({ worst, delays: [-300] });
  assert.deepEqual([found.state, found.clock], ["critical, silent", "clock 5 min ahead"]);
});

test("where nothing is wrong, that is said", () => {
  const found = words({ last: message(1, { received_at: AT }) });
  assert.deepEqual([found.sign, found.state, found.worst, found.level], ["✓", "fine", "", ""]);
});
