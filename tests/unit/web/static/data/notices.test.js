import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../../../userstatus/web/static/data/clock.js";
import { isMuted, muteOf, muteReason, muteWords } from "../../../../../userstatus/web/static/data/notices.js";
import { message } from "../support.js";

const UTC = new Clock(false);
const AT = Date.UTC(2026, 10, 24, 5, 14) / 1000;
const HOUR = 3600;
const MUTE = { kind: "mute", until: AT + HOUR, level: "error", why: "painting the dome" };

test("a mute lasts until its end, or until somebody ends it", () => {
  assert.equal(muteOf({ mute: MUTE }, AT + HOUR - 1), MUTE);
  assert.equal(muteOf({ mute: MUTE }, AT + HOUR), undefined);
  const endless = { kind: "mute" };
  assert.equal(muteOf({ mute: endless }, AT + 365 * 24 * HOUR), endless);
  assert.equal(muteOf({}, AT), undefined);
  assert.equal(muteOf(undefined, AT), undefined);
});

test("nobody is alerted about what is muted, but about anything worse, and once it is over", () => {
  const muted = (log_level, at = AT, mute = MUTE) => isMuted(message(1, { log_level }), { mute }, at);
  assert.deepEqual(
    ["info", "warning", "error", "critical"].map((level) => muted(level)),
    [true, true, true, false],
  );
  assert.equal(muted("error", AT + HOUR), false);
  assert.equal(muted("critical", AT, { kind: "mute" }), true);
  assert.equal(isMuted(message(1), undefined, AT), false);
});

test("a mute says until when, with the day if that is another one, and why", () => {
  assert.equal(muteWords(MUTE, UTC, AT), "muted up to error until 06:14 UTC");
  assert.equal(muteReason(MUTE, UTC, AT), "muted up to error until 06:14 UTC: painting the dome");
  const long = { kind: "mute", until: AT + 30 * 24 * HOUR, level: "critical" };
  assert.equal(muteReason(long, UTC, AT), "muted until 2026-12-24 05:14 UTC");
  assert.equal(muteReason({ kind: "mute" }, UTC, AT), "muted");
});
