import assert from "node:assert/strict";
import { test } from "node:test";

import { Backlog, MAX_MESSAGES } from "../../../../../userstatus/web/static/data/backlog.js";
import { Rejection } from "../../../../../userstatus/web/static/data/recent-logs.js";
import { answering, message, response, SOURCE, serving, settled } from "../support.js";

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

test("a full backlog is trimmed from time to time", () => {
  const backlog = new Backlog(SOURCE, "tst");
  const most = MAX_MESSAGES + 10_000;
  for (let id = 1; id < most; id += 1) assert.equal(backlog.add(message(id)), true);
  assert.equal(backlog.trim(), false);
  backlog.add(message(most));
  assert.equal(backlog.trim(), true);
  assert.equal(backlog.messages.length, MAX_MESSAGES);
  assert.equal(backlog.messages[0].id, most - MAX_MESSAGES + 1);
  assert.equal(backlog.messages.at(-1).id, most);
  assert.deepEqual([backlog.more, backlog.full, backlog.live], [true, true, true]);
});

test("where there is no room for older messages, the newest ones are dropped", async (t) => {
  const log = Array.from({ length: MAX_MESSAGES + 12_000 }, (_, index) => message(index + 1));
  serving(t, log, { most: 12_000 });
  const backlog = new Backlog(SOURCE, "tst");
  await backlog.begin(signal);
  while (backlog.live) assert.equal(await backlog.older(signal), true);
  assert.equal(backlog.messages[0].id, 1);
  assert.equal(backlog.messages.length, MAX_MESSAGES);
  assert.equal(backlog.add(message(log.length + 1)), false);
});

/** A backlog of the newest two of ten messages, of which two are read at a time. */
async function ofTen(context, options = {}) {
  const log = Array.from({ length: 10 }, (_, index) => message(index + 1));
  const queries = serving(context, log, { most: 2, ...options });
  const backlog = new Backlog(SOURCE, "tst");
  await backlog.begin(signal);
  return { backlog, log, queries };
}

/** A message is stored, and arrives. */
function arrives({ backlog, log }, id) {
  log.push(message(id));
  return backlog.add(message(id));
}

test("it can become the part of the log after an id, or after a time of receipt", async (t) => {
  const { backlog, queries } = await ofTen(t);
  assert.equal(await backlog.goTo({ afterId: 0 }, signal), true);
  assert.deepEqual([ids(backlog), backlog.live, backlog.more], [[1, 2], false, true]);
  assert.equal(await backlog.goTo({ after: 4.5 }, signal), true);
  assert.deepEqual(ids(backlog), [5, 6]);
  assert.equal(queries.length, 3);
});

test("from another part, messages are read in both directions until it reaches the newest one", async (t) => {
  const { backlog } = await ofTen(t);
  await backlog.goTo({ after: 4.5 }, signal);
  assert.equal(await backlog.older(signal), true);
  assert.equal(await backlog.newer(signal), true);
  assert.deepEqual([ids(backlog), backlog.live], [[3, 4, 5, 6, 7, 8], false]);
  assert.equal(await backlog.newer(signal), true);
  assert.deepEqual([ids(backlog), backlog.live], [[3, 4, 5, 6, 7, 8, 9, 10], true]);
  assert.equal(await backlog.newer(signal), false);
});

test("what arrives elsewhere is neither lost nor doubled when the newest message is reached", async (t) => {
  for (const delivery of ["before", "during", "during, and not in the response", "after", "late"]) {
    const ten = await ofTen(t);
    const { backlog, log } = ten;
    await backlog.goTo({ after: 7.5 }, signal);
    assert.deepEqual(ids(backlog), [8, 9]);
    if (delivery === "before") assert.equal(arrives(ten, 11), false);
    if (delivery === "late") log.push(message(11));
    const reading = backlog.newer(signal);
    if (delivery === "during") assert.equal(arrives(ten, 11), false);
    await settled();
    if (delivery === "during, and not in the response") arrives(ten, 11);
    await reading;
    while (await backlog.newer(signal));
    if (delivery === "after") assert.equal(arrives(ten, 11), true);
    if (delivery === "late") assert.equal(backlog.add(message(11)), false);
    assert.equal(arrives(ten, 12), true);
    assert.deepEqual(ids(backlog), [8, 9, 10, 11, 12], delivery);
    t.mock.reset();
  }
});

test("a process that lags behind does not end it before what has arrived already", async (t) => {
  let seen = 10;
  const ten = await ofTen(t, { seen: () => seen });
  const { backlog } = ten;
  await backlog.goTo({ after: 7.5 }, signal);
  arrives(ten, 11);
  assert.equal(await backlog.newer(signal), true);
  assert.deepEqual([ids(backlog), backlog.live], [[8, 9, 10], false]);
  seen = 11;
  assert.equal(await backlog.newer(signal), true);
  assert.deepEqual([ids(backlog), backlog.live], [[8, 9, 10, 11], true]);
});

test("it can return to the newest messages, and follows them again", async (t) => {
  const ten = await ofTen(t);
  const { backlog } = ten;
  await backlog.goTo({ afterId: 0 }, signal);
  arrives(ten, 11);
  assert.equal(await backlog.goTo("newest", signal), true);
  assert.deepEqual([ids(backlog), backlog.live, backlog.more], [[10, 11], true, true]);
  assert.equal(arrives(ten, 12), true);
});

test("of two parts that are asked for, the last one counts", async (t) => {
  const { backlog } = await ofTen(t);
  const first = backlog.goTo({ afterId: 0 }, signal);
  const second = backlog.goTo({ after: 4.5 }, signal);
  assert.deepEqual(await Promise.all([first, second]), [false, true]);
  assert.deepEqual(ids(backlog), [5, 6]);
});

test("beyond the newest message, it is the part in front of it", async (t) => {
  for (const place of [{ after: 99 }, { afterId: 99 }]) {
    const { backlog } = await ofTen(t);
    await backlog.goTo({ afterId: 0 }, signal);
    assert.equal(await backlog.goTo(place, signal), true);
    assert.deepEqual([ids(backlog), backlog.live, backlog.more], [[9, 10], true, true]);
    t.mock.reset();
  }
});

test("what arrives while it goes from the newest messages to a part that reaches them is not lost", async (t) => {
  const ten = await ofTen(t, { most: 20 });
  const { backlog } = ten;
  backlog.messages.splice(0, 5); // a page that was short for its long texts
  const going = backlog.goTo({ afterId: 3 }, signal);
  arrives(ten, 11);
  await going;
  assert.deepEqual([ids(backlog), backlog.live], [[4, 5, 6, 7, 8, 9, 10, 11], true]);
});
