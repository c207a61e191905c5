import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock } from "../../../../../userstatus/web/static/data/clock.js";
import { LiveLog } from "../../../../../userstatus/web/static/data/live-log.js";
import { answering, connections, message, recorded, response, SOURCE, settled } from "../support.js";

const SUBSCRIBED = { gap: false, replaced: false };

/** A service whose log has these messages; `log.before` are older ones. */
function service(log) {
  return (url) => {
    const lastId = log.messages?.at(-1)?.id ?? 0;
    if (url.pathname.endsWith("/sites")) return response([], { headers: { "X-Last-Id": String(lastId) } });
    if (log.error) return response({ error: log.error }, { status: log.status });
    const headers = { "X-Last-Id": String(lastId), "X-Cursor": `cursor ${lastId}` };
    if (url.searchParams.get("before_id").length < 9) return response(log.before, { headers });
    return response([...log.messages], {
      headers: log.before ? { ...headers, "X-Truncated": "1" } : headers,
    });
  };
}

function logging(context, served) {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 100_000 });
  const urls = answering(context, service(served));
  const { sockets } = connections();
  const log = new LiveLog(SOURCE, "tst", 900);
  context.after(() => log.close());
  return { log, sockets, urls };
}

async function opened(context, served = { messages: [message(1)] }) {
  const all = logging(context, served);
  assert.equal(await all.log.open(), true);
  const [socket] = all.sockets;
  socket.open();
  socket.receive({ subscribed: SUBSCRIBED });
  return { ...all, socket };
}

function ids({ backlog }) {
  return backlog.messages.map(({ id }) => id);
}

test("the backlog comes first, then live messages from there on", async (t) => {
  const { log, sockets } = logging(t, { messages: [message(1), message(2)] });
  const events = recorded(log, "backlog", "state");
  assert.equal(log.words(new Clock(false)), "connecting…");
  await log.open();
  assert.deepEqual(ids(log), [1, 2]);
  assert.deepEqual(events, ["backlog", "state"]);
  assert.equal(sockets[0].url.href, "wss://example.org/dev/ws?site=tst&after_id=cursor%202");
});

test("the statistics are read along with the backlog, until the log is closed", async (t) => {
  const { log, urls } = await opened(t);
  const read = () => urls.filter(({ pathname }) => pathname === "/dev/sites").length;
  assert.equal(read(), 1);
  log.close();
  t.mock.timers.tick(120_000);
  assert.equal(read(), 1);
});

test("a live message is announced at once, and is in the backlog", async (t) => {
  const { log, socket } = await opened(t);
  const events = recorded(log, "message", "batch");
  socket.receive(message(2));
  const batch = { messages: [message(2)], beyond: [], trimmed: false };
  assert.deepEqual(events, [
    ["message", message(2)],
    ["batch", batch],
  ]);
  assert.deepEqual(ids(log), [1, 2]);
});

test("messages of a storm are announced one by one, but added in batches", async (t) => {
  const { log, socket } = await opened(t);
  const announced = recorded(log, "message");
  const batches = recorded(log, "batch");
  for (const id of [2, 3, 4]) socket.receive(message(id));
  assert.equal(announced.length, 3);
  t.mock.timers.tick(30);
  socket.receive(message(5));
  t.mock.timers.tick(30);
  const found = batches.map(([, { messages }]) => messages.map(({ id }) => id));
  assert.deepEqual(found, [[2], [3, 4], [5]]);
  assert.deepEqual(ids(log), [1, 2, 3, 4, 5]);
});

test("after a quiet time the next message is added at once again", async (t) => {
  const { log, socket } = await opened(t);
  socket.receive(message(2));
  t.mock.timers.tick(60);
  const batches = recorded(log, "batch");
  socket.receive(message(3));
  assert.equal(batches.length, 1);
});

test("a batch tells whether older messages were dropped to make room", async (t) => {
  const { log, socket } = await opened(t);
  const batches = recorded(log, "batch");
  const dropping = [false, true, false];
  t.mock.method(log.backlog, "trim", () => dropping.shift());
  for (const id of [2, 3, 4]) socket.receive(message(id));
  t.mock.timers.tick(30);
  const found = batches.map(([, { trimmed }]) => trimmed);
  assert.deepEqual(found, [false, true]);
});

test("while the backlog is another part of the log, what arrives is only counted", async (t) => {
  const { log, socket } = await opened(t);
  const batches = recorded(log, "batch");
  log.backlog.live = false;
  socket.receive(message(2));
  assert.deepEqual(batches, [["batch", { messages: [], beyond: [message(2)], trimmed: false }]]);
  assert.deepEqual(ids(log), [1]);
});

test("a live message is counted in the statistics before it is announced, since it may end a mute", async (t) => {
  const { log, socket } = await opened(t);
  const added = t.mock.method(log.statistics, "add", () => undefined);
  log.addEventListener("message", () => assert.equal(added.mock.callCount(), 1));
  socket.receive(message(2));
  assert.deepEqual(added.mock.calls[0].arguments, [message(2)]);
});

test("what the backlog has and the statistics have not is counted as well", async (t) => {
  const { log } = logging(t, { messages: [message(1), message(2)] });
  const added = t.mock.method(log.statistics, "add", () => undefined);
  await log.open();
  assert.deepEqual(
    added.mock.calls.map(({ arguments: [{ id }] }) => id),
    [1, 2],
  );
});

test("a rejection is a state of its own, and nothing is retried", async (t) => {
  const { log, sockets } = logging(t, { error: "site is 'no site'", status: 400 });
  const events = recorded(log, "backlog", "state");
  assert.equal(await log.open(), false);
  assert.equal(log.rejection, "site is 'no site'");
  assert.deepEqual([log.state, log.words(new Clock(false))], ["rejected", "rejected"]);
  assert.deepEqual(events, ["state"]);
  assert.equal(sockets.length, 0);
});

test("reading older messages changes the backlog", async (t) => {
  const { log } = await opened(t, { messages: [message(5)], before: [message(4)] });
  const events = recorded(log, "backlog");
  assert.equal(await log.older(), true);
  assert.deepEqual(ids(log), [4, 5]);
  assert.equal(await log.older(), false);
  assert.deepEqual(events, ["backlog"]);
});

test("a listener that is told of older messages can read even older ones", async (t) => {
  const served = { messages: [message(5)], before: [message(4)] };
  const { log } = await opened(t, served);
  const found = [];
  log.addEventListener("backlog", () => {
    log.backlog.more = served.before[0].id > 2;
    served.before = [message(served.before[0].id - 1)];
    if (log.backlog.more) found.push(log.older());
  });
  await log.older();
  await settled();
  assert.deepEqual(ids(log), [2, 3, 4, 5]);
});

test("failing to read older messages is an error", async (t) => {
  const served = { messages: [message(5)], before: [] };
  const { log } = await opened(t, served);
  Object.assign(served, { error: "busy", status: 503 });
  await assert.rejects(log.older(), { message: "busy" });
});

test("a log that has been replaced is read anew, and what is new in it is announced", async (t) => {
  const served = { messages: [message(8, { received_at: 50 }), message(9, { received_at: 60 })] };
  const { log, socket, sockets } = await opened(t, served);
  served.messages = [message(1, { received_at: 55 }), message(2, { received_at: 70 })];
  const events = recorded(log, "replaced", "backlog", "message");
  socket.receive({ subscribed: { gap: false, replaced: true } });
  assert.deepEqual(ids(log), []);
  assert.equal(log.state, "connecting");
  await settled();
  assert.deepEqual(ids(log), [1, 2]);
  assert.deepEqual(events, ["replaced", "backlog", "backlog", ["message", served.messages[1]]]);
  assert.equal(sockets[1].url.searchParams.get("after_id"), "cursor 2");
});

test("messages of the log before are not added to the one that has replaced it", async (t) => {
  const served = { messages: [message(1)] };
  const { log, socket } = await opened(t, served);
  for (const id of [2, 3]) socket.receive(message(id));
  socket.receive({ subscribed: { gap: false, replaced: true } });
  await settled();
  t.mock.timers.tick(30);
  assert.deepEqual(ids(log), [1]);
});

test("gaps and states of the connection are passed on", async (t) => {
  const { log, socket } = await opened(t);
  const events = recorded(log, "gap", "state");
  socket.receive({ subscribed: { gap: true, replaced: false } });
  socket.receive({ caughtup: { cursor: "cursor 1" } });
  assert.deepEqual(events, ["gap", "state"]);
  assert.deepEqual([log.state, log.words(new Clock(false))], ["caught up", "live"]);
});

test("back online, the connection is probed", async (t) => {
  const { log, socket } = await opened(t);
  socket.sent.length = 0;
  log.hurry();
  assert.deepEqual(socket.sent, [{ action: "caughtup" }]);
});

test("a log that is closed while being read never connects", async (t) => {
  const { log, sockets } = logging(t, { messages: [message(1)] });
  const events = recorded(log, "backlog", "state");
  const opening = log.open();
  log.close();
  assert.equal(await opening, false);
  assert.deepEqual(events, []);
  assert.equal(sockets.length, 0);
});

test("a log that is closed when it has just been read does not connect either", async (t) => {
  const { log, sockets } = logging(t, { messages: [message(1)] });
  const begin = log.backlog.begin.bind(log.backlog);
  t.mock.method(log.backlog, "begin", async (signal) => {
    const cursor = await begin(signal);
    log.close();
    return cursor;
  });
  assert.equal(await log.open(), false);
  assert.equal(sockets.length, 0);
});

test("closing a log while older messages are read is no error", async (t) => {
  const { log } = await opened(t, { messages: [message(5)], before: [message(4)] });
  const reading = log.older();
  log.close();
  assert.equal(await reading, false);
});

test("a closed log leaves no connection and no batch behind", async (t) => {
  const { log, socket } = await opened(t);
  for (const id of [2, 3]) socket.receive(message(id));
  const events = recorded(log, "batch", "state");
  log.close();
  t.mock.timers.tick(60_000);
  assert.equal(socket.closed, true);
  assert.deepEqual(events, []);
  assert.equal(await log.older(), false);
});

test("it knows between which messages the connection was cut", async (t) => {
  const { log, sockets, socket } = await opened(t);
  socket.receive({ caughtup: { cursor: "cursor 1" } });
  socket.receive(message(2));
  t.mock.timers.tick(1000);
  socket.lose();
  assert.equal(log.lost, 101);
  t.mock.timers.tick(5000);
  const again = sockets[1];
  again.open();
  again.receive({ subscribed: SUBSCRIBED });
  again.receive(message(3));
  again.receive({ caughtup: { cursor: "cursor 3" } });
  again.receive(message(4));
  assert.equal(log.lost, null);
  const found = [2, 3, 4].map((id) => log.cuts.before(id).map(({ kind, missed }) => [kind, missed]));
  assert.deepEqual(found, [[], [["lost", 0]], [["back", 1]]]);
});
