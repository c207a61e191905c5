import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ActivityOfAll,
  activityOf,
  endOf,
  part,
} from "../../../../../userstatus/web/static/data/activity.js";
import { byLevel } from "../../../../../userstatus/web/static/data/levels.js";
import { answering, message, recorded, response, SOURCE, settled } from "../support.js";

/** Two intervals from the time 900 on, with these numbers of info. */
function counted(...info) {
  return { start: 900, step: 900, counts: { ...byLevel(() => info.map(() => 0)), info } };
}

const asked = (activity, lastId) => response(activity, { headers: { "X-Last-Id": String(lastId) } });

async function read(context, activity, lastId = 5) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const urls = answering(context, () => asked(structuredClone(activity), lastId));
  const found = new ActivityOfAll(SOURCE, "mrc1,tst");
  context.after(() => found.close());
  found.refresh();
  await settled();
  return { found, urls };
}

test("the counts of all the sites together are asked for, and again each minute", async (t) => {
  const { found, urls } = await read(t, counted(1, 2));
  assert.equal(urls[0].href, `${SOURCE}activity?site=mrc1,tst&step=900`);
  assert.deepEqual(found.counted.counts.info, [1, 2]);
  t.mock.timers.tick(60_000);
  assert.equal(urls.length, 2);
  found.close();
  t.mock.timers.tick(120_000);
  assert.equal(urls.length, 2);
});

test("what arrives is counted when it was received, unless it is counted already", async (t) => {
  const { found } = await read(t, counted(1, 2));
  const events = recorded(found, "change");
  found.add(message(5, { received_at: 2000 }));
  found.add(message(6, { received_at: 2000 }));
  found.add(message(7, { received_at: 1000, log_level: "error" }));
  found.add(message(7, { received_at: 1000 }));
  assert.deepEqual(
    [found.counted.counts.info, found.counted.counts.error],
    [
      [1, 3],
      [1, 0],
    ],
  );
  assert.equal(events.length, 2);
});

test("a new interval begins with its first message", async (t) => {
  const { found } = await read(t, counted(1, 2));
  found.add(message(6, { received_at: 3700 }));
  assert.deepEqual(found.counted.counts.info, [1, 2, 0, 1]);
  assert.equal(found.counted.counts.debug.length, 4);
  assert.equal(endOf(found.counted), 4500);
});

test("what arrives during a request is counted once", async (t) => {
  const { found } = await read(t, counted(1, 2), 6);
  found.refresh();
  for (const id of [6, 7]) found.add(message(id, { received_at: 2000 }));
  await settled();
  assert.deepEqual(found.counted.counts.info, [1, 3]);
});

test("a failure leaves the counts as they are", async (t) => {
  const { found } = await read(t, counted(1, 2));
  t.mock.method(globalThis, "fetch", async () => response({}, { status: 503 }));
  found.refresh();
  await settled();
  assert.deepEqual(found.counted.counts.info, [1, 2]);
});

test("a part may begin before what is counted", () => {
  const found = part(counted(1, 2), -1, 2);
  assert.deepEqual([found.start, found.counts.info], [0, [0, 1]]);
  assert.deepEqual(part(counted(1, 2, 3), 1, 1).counts.info, [2]);
});

test("messages at hand are counted in the same intervals", () => {
  const messages = [899, 900, 1799, 1800, 2700].map((received_at, id) => message(id, { received_at }));
  assert.deepEqual(activityOf(counted(0, 0), messages).counts.info, [2, 1]);
});
