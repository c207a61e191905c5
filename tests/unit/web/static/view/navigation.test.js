import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_MESSAGES } from "../../../../../userstatus/web/static/data/backlog.js";
import { Navigation } from "../../../../../userstatus/web/static/view/navigation.js";
import { message } from "../support.js";

const NOW_S = 1000;

/** Messages 6 and 7 are there, and two older ones at a time can be read. `shown` is what the viewer gets to see. */
function navigating(context, { full = false, failing = false } = {}) {
  context.mock.timers.enable({ apis: ["Date"], now: NOW_S * 1000 });
  const pages = [
    [message(2), message(3)],
    [message(4), message(5)],
  ];
  const backlog = { messages: [message(6), message(7)], full, more: true };
  const shown = [];
  const older = async () => {
    if (failing) throw new Error("busy");
    const page = pages.pop();
    if (page) backlog.messages.unshift(...page);
    return page !== undefined;
  };
  const list = {
    showFrom: (matches) => shown.push(backlog.messages.find(matches)?.id),
    follow: (following) => shown.push(following),
  };
  const navigation = new Navigation({ backlog, older }, list, { show: (text) => shown.push(text) });
  return { navigation, backlog, shown };
}

test("going to a message reads back to it, and no further", async (t) => {
  const { navigation, backlog, shown } = navigating(t);
  await navigation.goTo(5);
  assert.deepEqual(shown, [5]);
  assert.equal(backlog.messages[0].id, 4);
});

test("for a message that has expired there is a notice, and the next one is shown", async (t) => {
  const { navigation, shown } = navigating(t);
  await navigation.goTo(1);
  assert.match(shown[0], /has expired, or was never in this log/);
  assert.equal(shown[1], 2);
});

test("going to the oldest message there is reads nothing", async (t) => {
  const { navigation, backlog, shown } = navigating(t);
  await navigation.goTo(6);
  assert.deepEqual(shown, [6]);
  assert.equal(backlog.messages[0].id, 6);
});

test("jumping to the time of the oldest message reads on: others may have the same time", async (t) => {
  const { navigation, backlog, shown } = navigating(t);
  await navigation.jump(6);
  assert.deepEqual(shown, [6]);
  assert.equal(backlog.messages[0].id, 4);
});

test("jumping to a time reads back until a message is before it", async (t) => {
  const { navigation, backlog, shown } = navigating(t);
  await navigation.jump(4.5);
  assert.deepEqual(shown, [5]);
  assert.equal(backlog.messages[0].id, 4);
});

test("a time after all messages leads to the end", async (t) => {
  const { navigation, shown } = navigating(t);
  await navigation.jump(900);
  assert.deepEqual(shown, [true]);
});

test("a message from the future does not stand for the times before it", async (t) => {
  const { navigation, backlog, shown } = navigating(t);
  backlog.messages.push(message(8, { timestamp: NOW_S + 61 }));
  await navigation.jump(900);
  assert.deepEqual(shown, [true]);
  backlog.messages.push(message(9, { timestamp: NOW_S + 59 }));
  await navigation.jump(900);
  assert.deepEqual(shown, [true, 9]);
});

test("only the last of several jumps counts", async (t) => {
  const { navigation, shown } = navigating(t);
  await Promise.all([navigation.jump(2.5), navigation.jump(6.5)]);
  assert.deepEqual(shown, [7]);
});

test("there is a notice if older messages cannot be read", async (t) => {
  const { navigation, shown } = navigating(t, { failing: true });
  assert.equal(await navigation.older(), false);
  assert.deepEqual(shown, ["Older messages could not be read: busy"]);
});

test("there is a notice if a page has no room for older messages", async (t) => {
  const { navigation, shown } = navigating(t, { full: true });
  await navigation.older();
  assert.match(shown[0], new RegExp(`A page holds ${MAX_MESSAGES.toLocaleString("en")} messages`));
});
