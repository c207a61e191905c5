import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../../../userstatus/web/static/data/clock.js";
import { Cuts, cutWords } from "../../../../../userstatus/web/static/data/cuts.js";

const UTC = new Clock(false);

function words(cuts) {
  return cutWords(cuts, UTC);
}

test("while the connection is lost, the log ends where it was cut", () => {
  const cuts = new Cuts();
  cuts.pass(1, 0);
  cuts.lose(60);
  assert.deepEqual(words(cuts.last(61)), []);
  assert.deepEqual(words(cuts.last(62)), ["connection lost at 00:01:00 UTC"]);
});

test("if nothing was missed, one sentence says so, before the next message", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.end(120);
  const sentence = "connection lost at 00:01:00 UTC, connected again at 00:02:00 UTC, nothing was missed";
  assert.deepEqual(words(cuts.last(125)), [sentence]);
  cuts.pass(7, 130);
  assert.deepEqual(words(cuts.last(131)), []);
  assert.deepEqual(words(cuts.before(7)), [sentence]);
  assert.deepEqual(cuts.before(8), []);
});

test("what came meanwhile stands between the two ends of the cut, and is counted", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.pass(7, 120);
  cuts.pass(8, 120);
  cuts.end(120);
  cuts.pass(9, 130);
  assert.deepEqual(words(cuts.before(7)), ["connection lost at 00:01:00 UTC"]);
  assert.deepEqual(words(cuts.before(8)), []);
  assert.deepEqual(words(cuts.before(9)), ["connected again at 00:02:00 UTC, 2 messages came meanwhile"]);
});

test("a single message is not counted in the plural", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.pass(7, 120);
  cuts.end(120);
  assert.deepEqual(words(cuts.last(125)), ["connected again at 00:02:00 UTC, 1 message came meanwhile"]);
});

test("it does not say that nothing was missed if something has expired", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.expire();
  cuts.end(120);
  assert.match(words(cuts.last(125))[0], /, part of what came meanwhile has expired$/);
});

test("a connection that comes back at once leaves no trace", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.pass(7, 61);
  cuts.end(61.5);
  assert.deepEqual(cuts.before(7), []);
  assert.deepEqual(cuts.last(100), []);
});

test("a connection that is lost again while it catches up is one cut", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.pass(7, 70);
  cuts.lose(60);
  cuts.pass(8, 80);
  cuts.end(80);
  assert.deepEqual(words(cuts.before(7)), ["connection lost at 00:01:00 UTC"]);
  assert.deepEqual(words(cuts.last(81)), ["connected again at 00:01:20 UTC, 2 messages came meanwhile"]);
});

test("several cuts without a message in between are told one by one", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.end(120);
  cuts.lose(180);
  assert.deepEqual(words(cuts.last(190)), [
    "connection lost at 00:01:00 UTC, connected again at 00:02:00 UTC, nothing was missed",
    "connection lost at 00:03:00 UTC",
  ]);
});

test("another log has no cuts", () => {
  const cuts = new Cuts();
  cuts.lose(60);
  cuts.pass(7, 120);
  cuts.clear();
  assert.deepEqual(cuts.before(7), []);
  cuts.end(130);
  assert.deepEqual(cuts.last(140), []);
});
