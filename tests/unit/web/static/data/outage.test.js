import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../../../userstatus/web/static/data/clock.js";
import { outage } from "../../../../../userstatus/web/static/data/outage.js";

const UTC = new Clock(false);

/** @param {number} seconds on the clock */
function at(t, seconds) {
  t.mock.timers.enable({ apis: ["Date"], now: seconds * 1000 });
}

test("a lost connection is an outage at once", (t) => {
  at(t, 3661);
  const words = "Connection lost at 01:01:01 UTC, retrying";
  assert.deepEqual(outage({ lost: 3661, state: "reconnecting" }, 0, UTC), { since: 3661, words });
});

test("a page that was never connected has ten seconds", (t) => {
  at(t, 3671);
  assert.equal(outage({ lost: null, state: "connecting" }, 3661, UTC), null);
  assert.equal(outage(undefined, 3661, UTC), null);
  const words = "Not connected since 01:01:00 UTC, retrying";
  assert.deepEqual(outage({ lost: null, state: "catching up" }, 3660, UTC), { since: 3660, words });
  assert.deepEqual(outage(undefined, 3660, UTC), { since: 3660, words });
});

test("a page that is up to date has no outage", (t) => {
  at(t, 99_999);
  assert.equal(outage({ lost: null, state: "caught up" }, 0, UTC), null);
});
