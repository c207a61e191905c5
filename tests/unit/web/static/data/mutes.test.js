import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../../../userstatus/web/static/data/clock.js";
import { isMuted, muteOf, muteWords } from "../../../../../userstatus/web/static/data/mutes.js";
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

/** What is said of these sites, by their codes. */
function said(sites) {
  return muteWords(new Map(Object.entries(sites)), UTC, AT);
}

test("of one site it is said until when it is muted, what, and why", () => {
  assert.deepEqual(said({ mrc1: { mute: MUTE } }), {
    words: "muted until 06:14 UTC, error and less",
    why: "painting the dome",
  });
  assert.deepEqual(said({ mrc1: { mute: { kind: "mute" } } }), { words: "muted, error and less", why: "" });
  assert.deepEqual(said({ mrc1: {} }), { words: "", why: "" });
});

test("the end of a mute has a date if it is another day's", () => {
  const mute = { kind: "mute", until: AT + 30 * 24 * HOUR, level: "critical" };
  assert.equal(said({ mrc1: { mute } }).words, "muted until 2026-12-24 05:14 UTC");
});

test("of several sites it is said which of them are muted", () => {
  const [one, other] = [{ mute: MUTE }, { mute: { kind: "mute" } }];
  assert.equal(
    said({ mrc1: one, saf: {}, eco1: undefined, tbo2: other }).words,
    "2 of 4 muted: mrc1 until 06:14 UTC, tbo2",
  );
  assert.equal(said({ mrc1: {}, saf: undefined }).words, "");
});
