import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../../../userstatus/web/static/data/clock.js";
import {
  allSilentSince,
  clockBadge,
  lastWords,
  names,
  silenceNote,
  silenceWords,
  silentSites,
  unsolved,
} from "../../../../../userstatus/web/static/data/silence.js";
import { message } from "../support.js";

const UTC = new Clock(false);
const HEARD = 3600 * 2 + 60 * 14; // 02:14

test("a site that talks says how long ago it was heard, by the service's clock", () => {
  const last = message(1, { received_at: HEARD, timestamp: HEARD + 1_814_400 });
  assert.equal(lastWords(last, null, UTC, HEARD + 12), "last message 12 s ago");
  assert.equal(lastWords(last, null, UTC, HEARD + 1800), "last message 30 min ago");
});

test("a silent site says since when it is", () => {
  const last = message(1, { received_at: HEARD });
  assert.equal(lastWords(last, HEARD, UTC, HEARD + 1801), "silent since 02:14 UTC (30 min)");
  assert.equal(lastWords(last, HEARD, UTC, HEARD + 3 * 3600), "silent since 02:14 UTC (3 h)");
});

test("several sites are silent since the last of them was heard, unless one of them talks", () => {
  const sites = new Map([
    ["saf", { last: message(1, { received_at: HEARD }) }],
    [
      "mrc1",
      { last: message(2, { received_at: HEARD + 60 }), silence: { kind: "silence", since: HEARD + 60 } },
    ],
    ["eco1", undefined],
  ]);
  assert.equal(allSilentSince(sites, undefined, HEARD + 1801), HEARD + 60);
  assert.equal(allSilentSince(sites, undefined, HEARD + 1800), null);
});

test("until something is known of the sites, their last message tells", () => {
  const [sites, last] = [new Map([["saf", undefined]]), message(1, { received_at: HEARD })];
  assert.equal(allSilentSince(sites, last, HEARD + 1801), HEARD);
  assert.equal(allSilentSince(sites, last, HEARD + 1800), null);
  assert.equal(allSilentSince(sites, undefined, HEARD), null);
});

test("a site that has been silent for more than a day names the day", () => {
  const last = message(1, { received_at: HEARD });
  assert.equal(lastWords(last, HEARD, UTC, HEARD + 3 * 86_400), "silent since 1970-01-01 02:14 UTC (3 days)");
});

test("a site that was never heard says so", () => {
  assert.equal(lastWords(undefined, null, UTC, HEARD), "no messages yet");
});

test("of several sites, the silent ones are counted and named", () => {
  const sites = new Map([
    ["saf", { last: message(2, { received_at: HEARD - 2000 }) }],
    ["mrc1", { last: message(1, { received_at: HEARD }) }],
    ["eco1", undefined],
  ]);
  const silent = silentSites(sites, HEARD + 5);
  assert.deepEqual(silent, ["eco1", "saf"]);
  assert.equal(silenceWords(silent, 3), "2 of 3 silent");
  assert.equal(silenceWords([], 3), "");
});

test("of many sites, only the first are named", () => {
  assert.equal(names(["a", "b", "c", "d", "e"]), "a, b, c, d, e");
  assert.equal(names(["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 others");
});

test("a badge says by how much a clock is off", () => {
  const weeks = { delays: [1_814_400, 1_814_401, 1_814_400] };
  assert.equal(clockBadge(new Map([["saf", weeks]])), "clock 21 d behind");
  assert.equal(clockBadge(new Map([["saf", { delays: [0, 1] }]])), "");
  assert.equal(clockBadge(new Map([["saf", undefined]])), "");
});

test("of several sites, it says whose clock is off", () => {
  const [weeks, minutes] = [{ delays: [1_814_400, 1_814_401, 1_814_400] }, { delays: [-300] }];
  const sites = new Map([
    ["eco1", minutes],
    ["mrc1", { delays: [0] }],
    ["saf", weeks],
    ["aro1", undefined],
  ]);
  assert.equal(clockBadge(sites), "saf: clock 21 d behind, eco1: clock 5 min ahead");
});

test("of a silent site, the worst that it said before is told", () => {
  const last = message(2, { received_at: HEARD });
  const error = message(1, { received_at: HEARD - 60, message: "Dome stuck\nreally", log_level: "error" });
  const site = { last, latest: { error } };
  assert.deepEqual(unsolved(site, HEARD + 3600), { level: "error", words: "✖ 02:13 Dome stuck" });
  assert.equal(unsolved(site, HEARD + 60), null);
  assert.equal(unsolved({ last, latest: {} }, HEARD + 3600), null);
  assert.equal(unsolved(undefined, HEARD), null);
});

test("where there is little room, only silence is told", () => {
  const sites = new Map([["saf", { last: message(1, { received_at: HEARD }) }]]);
  assert.equal(silenceNote(sites, undefined, UTC, HEARD + 60), "");
  const last = message(1, { received_at: HEARD });
  assert.equal(silenceNote(sites, last, UTC, HEARD + 3 * 3600), "silent since 02:14 UTC (3 h)");
  sites.set("mrc1", { last: message(2, { received_at: HEARD + 3 * 3600 }) });
  assert.equal(silenceNote(sites, last, UTC, HEARD + 3 * 3600), "1 of 2 silent");
});
