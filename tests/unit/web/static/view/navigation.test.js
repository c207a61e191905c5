import assert from "node:assert/strict";
import { test } from "node:test";

import { Backlog } from "../../../../../userstatus/web/static/data/backlog.js";
import { Navigation } from "../../../../../userstatus/web/static/view/navigation.js";
import { message, SOURCE, serving } from "../support.js";

const { signal } = new AbortController();

/** The newest two of ten messages are there, of which two are read at a time. `shown` is what the viewer gets to see. */
async function navigating(context, { failing = false } = {}) {
  const log = Array.from({ length: 10 }, (_, index) => message(index + 1));
  const queries = serving(context, log, { most: 2 });
  const backlog = new Backlog(SOURCE, "tst");
  await backlog.begin(signal);
  queries.length = 0;
  const read = (method) => async (place) => {
    if (failing) throw new Error("busy");
    return place === undefined ? backlog[method](signal) : backlog[method](place, signal);
  };
  const shown = [];
  const list = {
    showFrom: (matches) => shown.push(backlog.messages.find(matches)?.id),
    showFirst: () => shown.push(backlog.messages[0].id),
    follow: (following) => shown.push(following),
  };
  const clock = { moment: (time) => `time ${time}` };
  const live = { backlog, older: read("older"), newer: read("newer"), goTo: read("goTo") };
  const navigation = new Navigation(live, list, { show: (text) => shown.push(text) }, () => clock);
  return { navigation, backlog, shown, queries };
}

test("a message that is there is shown without a request", async (t) => {
  const { navigation, shown, queries } = await navigating(t);
  assert.equal((await navigation.goTo(10)).id, 10);
  assert.deepEqual([shown, queries.length], [[10], 0]);
});

test("going to a message reads its part of the log at once, and some that come before it", async (t) => {
  const { navigation, backlog, shown, queries } = await navigating(t);
  await navigation.goTo(3);
  assert.deepEqual(shown, [3]);
  assert.deepEqual([backlog.messages[0].id, queries.length], [1, 2]);
});

test("for a message that has expired the viewer is told, and the next one is shown", async (t) => {
  const { navigation, shown } = await navigating(t);
  assert.equal(await navigation.goTo(0), undefined);
  assert.match(shown[0], /has expired, or was never in this log/);
  assert.equal(shown[1], 1);
});

test("the very first line is one request away", async (t) => {
  const { navigation, shown, queries } = await navigating(t);
  await navigation.first();
  assert.deepEqual([shown, queries.length], [[false, 1], 1]);
});

test("the newest line is followed, after a request only if it is not there", async (t) => {
  const { navigation, backlog, shown, queries } = await navigating(t);
  await navigation.newest();
  assert.deepEqual([shown.splice(0), queries.length], [[true], 0]);
  await navigation.first();
  await navigation.newest();
  assert.deepEqual([shown, backlog.live], [[false, 1, true], true]);
});

test("going to a time shows the first message that was received then or later", async (t) => {
  const { navigation, shown } = await navigating(t);
  await navigation.goToTime(5);
  await navigation.goToTime(6.5);
  assert.deepEqual(shown, [5, 7]);
});

test("a time after the newest message leads to it", async (t) => {
  const { navigation, shown } = await navigating(t);
  await navigation.goToTime(99);
  assert.deepEqual(shown, [true]);
});

test("from another part of the log, a time after the newest message leads to it as well", async (t) => {
  const { navigation, backlog, shown } = await navigating(t);
  await navigation.first();
  await navigation.goToTime(99);
  assert.deepEqual([shown, backlog.messages.at(-1)?.id], [[false, 1, true], 10]);
});

test("for a message that was never in the log, the newest one is shown", async (t) => {
  const { navigation, backlog, shown } = await navigating(t);
  await navigation.goTo(99);
  assert.match(shown[0], /has expired, or was never in this log/);
  assert.deepEqual([shown[1], backlog.messages.at(-1)?.id], [true, 10]);
});

test("a time before the log leads to its beginning, and the viewer is told when that was", async (t) => {
  const { navigation, shown } = await navigating(t);
  await navigation.goToTime(-5);
  assert.deepEqual(shown, [1, "The log begins at time 1."]);
});

test("of the times that are asked for on the way, only the last one is gone to", async (t) => {
  const { navigation, shown } = await navigating(t);
  await Promise.all([2, 3, 4].map((time) => navigation.goToTime(time)));
  assert.deepEqual(shown, [2, 4]);
});

test("a failure is told, and nothing moves", async (t) => {
  const { navigation, shown } = await navigating(t, { failing: true });
  assert.equal(await navigation.older(), false);
  await navigation.goTo(3);
  assert.deepEqual(shown, [
    "Older messages could not be read: busy",
    "That part of the log could not be read: busy",
  ]);
});
