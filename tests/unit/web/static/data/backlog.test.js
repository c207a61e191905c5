import assert from "node:assert/strict";
import { test } from "node:test";

import { Backlog, MAX_MESSAGES } from "../../../../../userstatus/web/static/data/backlog.js";
import { Rejection } from "../../../../../userstatus/web/static/data/recent-logs.js";
import { answering, message, response, SOURCE, settled } from "../support.js";

const { signal } = new AbortController();

function page(ids, { lastId = Math.max(...ids), more = false } = {}) {
  const headers = { "X-Last-Id": String(lastId), "X-Cursor": `cursor ${lastId}` };
  if (more) headers["X-Truncated"] = "1";
  return response(
    ids.map((id) => message(id)),
    { headers },
  );
}

function ids(backlog) {
  return backlog.messages.map(({ id }) => id);
}

/** A backlog of two messages, 10 and 11, which has older ones. */
async function begun(context, older) {
  const urls = answering(context, (url) =>
    url.searchParams.get("before_id") === "10" ? older() : page([11, 10], { more: true }),
  );
  const backlog = new Backlog(SOURCE, "tst");
  await backlog.begin(signal);
  return { backlog, urls };
}

test("the newest messages are read below the prefix of the service, and put in the order of their ids", async (t) => {
  const urls = answering(t, () => page([3, 2, 1], { more: true }));
  const backlog = new Backlog(SOURCE, "mrc1,tst");
  assert.equal(await backlog.begin(signal), "cursor 3");
  assert.deepEqual(ids(backlog), [1, 2, 3]);
  assert.equal(backlog.more, true);
  assert.equal(urls[0].href, `${SOURCE}recent-logs?site=mrc1,tst&before_id=999999999999999&limit=1000`);
});

test("an empty log has a cursor as well", async (t) => {
  answering(t, () => page([], { lastId: 0 }));
  const backlog = new Backlog(SOURCE, "tst");
  assert.equal(backlog.more, false);
  assert.equal(await backlog.begin(signal), "cursor 0");
  assert.equal(backlog.more, false);
});

test("a message that was committed during the read is not received a second time", async (t) => {
  answering(t, () => page([5, 4], { lastId: 4 }));
  assert.equal(await new Backlog(SOURCE, "tst").begin(signal), "cursor 5");
});

test("a service that does not answer is asked again until it does", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const answers = [new TypeError("no network"), response({}, { status: 503 }), page([1])];
  const urls = answering(t, () => answers.shift());
  const backlog = new Backlog(SOURCE, "tst");
  const beginning = backlog.begin(signal);
  for (const asked of [1, 2, 3]) {
    await settled();
    assert.equal(urls.length, asked);
    t.mock.timers.tick(1999);
    await settled();
    assert.equal(urls.length, asked);
    t.mock.timers.tick(1);
  }
  assert.equal(await beginning, "cursor 1");
});

test("a rejected request is not retried, and its reason is passed on", async (t) => {
  const urls = answering(t, () => response({ error: "site is 'no site'" }, { status: 400 }));
  await assert.rejects(new Backlog(SOURCE, "no site").begin(signal), (error) => {
    assert.ok(error instanceof Rejection);
    return error.message === "site is 'no site'";
  });
  assert.equal(urls.length, 1);
});

test("nothing is retried for a viewer who has left", async (t) => {
  const leaving = new AbortController();
  const urls = answering(t, () => leaving.abort());
  await assert.rejects(new Backlog(SOURCE, "tst").begin(leaving.signal), { name: "AbortError" });
  assert.equal(urls.length, 1);
});

test("older messages are put before those that are there", async (t) => {
  const { backlog, urls } = await begun(t, () => page([8, 9]));
  assert.equal(await backlog.older(signal), true);
  assert.deepEqual(ids(backlog), [8, 9, 10, 11]);
  assert.equal(urls[1].searchParams.get("before_id"), "10");
  assert.equal(urls[1].searchParams.get("limit"), "5000");
  assert.equal(await backlog.older(signal), false);
  assert.equal(urls.length, 2);
});

test("a page that is being read is not requested a second time", async (t) => {
  const { backlog, urls } = await begun(t, () => page([9], { more: true }));
  assert.deepEqual(await Promise.all([backlog.older(signal), backlog.older(signal)]), [true, true]);
  assert.deepEqual(ids(backlog), [9, 10, 11]);
  assert.equal(urls.length, 2);
});

test("a page of a log that has been replaced meanwhile is dropped", async (t) => {
  const { backlog } = await begun(t, () => page([9]));
  const reading = backlog.older(signal);
  backlog.clear();
  assert.equal(backlog.more, false);
  backlog.add(message(1));
  assert.equal(await reading, false);
  assert.deepEqual(ids(backlog), [1]);
});

test("older messages can be requested again after a failure", async (t) => {
  const answers = [response({ error: "busy" }, { status: 503 }), page([9])];
  const { backlog } = await begun(t, () => answers.shift());
  await assert.rejects(backlog.older(signal), { message: "busy" });
  assert.equal(await backlog.older(signal), true);
});

test("a full backlog is trimmed from time to time, and reads no older messages", async (t) => {
  const urls = answering(t, () => page([]));
  const backlog = new Backlog(SOURCE, "tst");
  const most = MAX_MESSAGES + 10_000;
  for (let id = 1; id < most; id += 1) assert.equal(backlog.add(message(id)), false);
  assert.equal(backlog.add(message(most)), true);
  assert.equal(backlog.messages.length, MAX_MESSAGES);
  assert.equal(backlog.messages[0].id, most - MAX_MESSAGES + 1);
  assert.equal(backlog.messages.at(-1).id, most);
  assert.deepEqual([backlog.more, backlog.full], [true, true]);
  assert.equal(await backlog.older(signal), false);
  assert.equal(urls.length, 0);
});
