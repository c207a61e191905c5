import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../../../userstatus/web/static/data/clock.js";
import { isMuted, mutedWords, muteOf, muteWords } from "../../../../../userstatus/web/static/data/mutes.js";
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
  assert.equal(muted("error", AT, { kind: "mute" }), true);
  assert.equal(muted("critical", AT, { kind: "mute", level: "critical" }), true);
  assert.equal(isMuted(message(1), undefined, AT), false);
  const silence = message(1, { log_level: "warning", notice: { kind: "silence" } });
  assert.equal(isMuted(silence, { mute: { ...MUTE, level: "info" } }, AT), true);
});

test("a mute says until when, with the day if that is another one", () => {
  assert.equal(muteWords(MUTE, UTC, AT), "muted up to error until 06:14 UTC");
  const long = { kind: "mute", until: AT + 30 * 24 * HOUR, level: "critical" };
  assert.equal(muteWords(long, UTC, AT), "muted until 2026-12-24 05:14 UTC");
  assert.equal(muteWords({ kind: "mute" }, UTC, AT), "muted up to error");
});

test("a heading says of one site why it is muted, of several which ones are", () => {
  const [one, other] = [{ mute: MUTE }, { mute: { kind: "mute", until: AT + 2 * HOUR, level: "critical" } }];
  const said = (sites) => mutedWords(new Map(Object.entries(sites)), UTC, AT);
  const alone = said({ mrc1: one });
  assert.deepEqual([alone.words, alone.why], ["muted up to error until 06:14 UTC", "painting the dome"]);
  assert.equal(
    said({ mrc1: one, saf: {}, eco1: undefined, tbo2: other }).words,
    "2 of 4 muted: mrc1 up to error until 06:14 UTC, tbo2 until 07:14 UTC",
  );
  assert.deepEqual(said({ saf: {} }), { words: "", why: "" });
});
