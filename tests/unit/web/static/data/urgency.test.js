import assert from "node:assert/strict";
import { test } from "node:test";

import { condition, order, summary } from "../../../../../userstatus/web/static/data/urgency.js";
import { message } from "../support.js";

const AT = 1_000_000;

/** A site that sent a message of a level, and then one of level info, so many seconds ago. */
function site(level, ago = 0) {
  const last = message(2, { received_at: AT - ago });
  const worst = message(1, { log_level: level, received_at: AT - ago - 1 });
  return { last, latest: level === "info" ? {} : { [level]: worst }, delays: [0] };
}

function conditions(sites) {
  return new Map(Object.entries(sites).map(([code, each]) => [code, condition(each, AT)]));
}

const DAY = 86_400;
const ALL = conditions({
  fine: site("info"),
  silent: site("info", DAY),
  warning: site("warning"),
  error: site("error"),
  critical: site("critical"),
});

test("the most urgent come first, the silent after those with warnings and before those that are fine", () => {
  assert.deepEqual(order(ALL, []), ["critical", "error", "warning", "silent", "fine"]);
});

test("a site that fell silent after an error is as urgent as any with an error", () => {
  const found = conditions({ b: site("error"), a: site("error", DAY), c: site("warning") });
  assert.deepEqual(order(found, []), ["a", "b", "c"]);
  assert.equal(found.get("a").state, "error");
  assert.equal(found.get("a").silentSince, AT - DAY);
  assert.equal(condition(site("warning", DAY), AT).state, "silent");
});

test("sites of the same urgency are in the order of their codes, as people count", () => {
  assert.deepEqual(order(conditions({ mrc10: site("info"), mrc2: site("info") }), []), ["mrc2", "mrc10"]);
});

test("pinned sites come first, in the order in which they were pinned, if there are any such sites", () => {
  const found = order(ALL, ["silent", "gone", "fine"]);
  assert.deepEqual(found, ["silent", "fine", "critical", "error", "warning"]);
});

test("an order that is held is kept; new sites are added to its end, and lost ones leave it", () => {
  const found = order(ALL, ["silent"], ["fine", "gone", "warning"]);
  assert.deepEqual(found, ["fine", "warning", "critical", "error", "silent"]);
});

test("the summary counts the sites in each state, with the right word for one and for several", () => {
  const several = [...ALL.values(), condition(site("error"), AT), condition(site("warning"), AT)];
  const words = (found) => summary(found).map((part) => part.words);
  assert.deepEqual(words(ALL.values()), ["1 critical", "1 error", "1 warning", "1 silent", "1 fine"]);
  assert.deepEqual(words(several), ["1 critical", "2 errors", "2 warnings", "1 silent", "1 fine"]);
  assert.deepEqual(words([]), []);
});

test("a site that is silent and critical counts for both", () => {
  assert.deepEqual(summary([condition(site("critical", DAY), AT)]), [
    { state: "critical", words: "1 critical" },
    { state: "silent", words: "1 silent" },
  ]);
});

test("a muted site is as urgent as ever, and counts as muted as well, until that ends", () => {
  const mute = { kind: "mute", until: AT + 60 };
  const found = condition({ ...site("error"), mute }, AT);
  assert.deepEqual([found.state, found.mute], ["error", mute]);
  assert.deepEqual(summary([found, condition(site("info"), AT)]), [
    { state: "error", words: "1 error" },
    { state: "fine", words: "1 fine" },
    { state: "muted", words: "1 muted" },
  ]);
  assert.equal(condition({ ...site("error"), mute }, AT + 60).mute, undefined);
});
