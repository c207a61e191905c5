import assert from "node:assert/strict";
import { test } from "node:test";

import { Feed } from "../../../../../userstatus/web/static/data/feed.js";
import { connections, message, recorded, SOURCE } from "../support.js";

const SUBSCRIBED = { gap: false, replaced: false };

/** A feed from "cursor 1" on; retries wait as long as they ever do. */
function feeding(context, source = SOURCE, now = 0) {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now });
  context.mock.method(Math, "random", () => 1);
  const made = connections();
  const feed = new Feed(source, "mrc1,tst", "cursor 1");
  context.after(() => feed.close());
  return { feed, ...made, pass: (milliseconds) => context.mock.timers.tick(milliseconds) };
}

/** A feed that is caught up by WebSocket. */
function live(context) {
  const all = feeding(context);
  const [socket] = all.sockets;
  socket.open();
  socket.receive({ subscribed: SUBSCRIBED });
  socket.receive({ caughtup: { cursor: "cursor 2" } });
  return { ...all, socket };
}

/** A feed that has had to change to server-sent events. */
function streaming(context) {
  const all = feeding(context);
  all.sockets[0].lose();
  all.pass(250);
  all.sockets[1].lose();
  all.pass(500);
  const [stream] = all.streams;
  return { ...all, stream };
}

test("it connects by WebSocket, below the service's prefix, from its cursor on", (t) => {
  const { sockets } = feeding(t);
  assert.equal(sockets[0].url.href, "wss://example.org/dev/ws?site=mrc1,tst&after_id=cursor%201");
});

test("over plain HTTP, the WebSocket is not encrypted either", (t) => {
  const { sockets } = feeding(t, "http://localhost:8080/");
  assert.equal(sockets[0].url.origin, "ws://localhost:8080");
});

test("it tells when it catches up, and when it has caught up", (t) => {
  const { feed, sockets } = feeding(t);
  const words = [feed.words];
  feed.addEventListener("state", () => words.push(feed.words));
  sockets[0].open();
  assert.deepEqual(sockets[0].sent, [{ action: "caughtup" }]);
  sockets[0].receive({ subscribed: SUBSCRIBED });
  sockets[0].receive({ caughtup: { cursor: "cursor 2" } });
  assert.deepEqual(words, ["connecting…", "catching up…", "live"]);
});

test("messages are passed on, with their times as numbers", (t) => {
  const { feed, socket } = live(t);
  const events = recorded(feed, "message");
  socket.receive(message(3, { timestamp: "3.5" }));
  assert.deepEqual(events, [["message", message(3, { timestamp: 3.5 })]]);
});

test("frames of a kind that it does not know are ignored", (t) => {
  const { feed, socket } = live(t);
  const events = recorded(feed, "message", "state");
  socket.receive({ something: "new" });
  assert.deepEqual(events, []);
});

test("it reconnects from the last message on", (t) => {
  const { sockets, socket, pass } = live(t);
  socket.receive(message(3));
  socket.lose();
  pass(250);
  assert.equal(sockets[1].url.searchParams.get("after_id"), "cursor 3");
});

test("it reconnects from where it was caught up, if nothing has arrived since", (t) => {
  const { sockets, socket, pass } = live(t);
  socket.lose();
  pass(250);
  assert.equal(sockets[1].url.searchParams.get("after_id"), "cursor 2");
});

test("it says since when the connection has been lost", (t) => {
  const { feed, socket, pass } = live(t);
  pass(3_661_000 - 1);
  socket.receive(message(3));
  pass(1);
  assert.equal(feed.lost, null);
  socket.lose();
  pass(8_250);
  assert.equal(feed.lost, 3661);
  assert.equal(feed.words, "connecting…");
});

test("a connection that has never been there is not lost", (t) => {
  const { feed, pass } = feeding(t, SOURCE, 3_661_000);
  pass(8_000);
  assert.equal(feed.state, "reconnecting");
  assert.equal(feed.lost, null);
  assert.equal(feed.words, "connecting…");
});

test("a state is told once, however often the service confirms it", (t) => {
  const { feed, socket } = live(t);
  const events = recorded(feed, "state");
  socket.receive({ caughtup: { cursor: "cursor 2" } });
  assert.deepEqual(events, []);
});

test("it waits twice as long after every failure, but at most five seconds", (t) => {
  const { sockets, streams, pass } = feeding(t);
  const last = () => [...sockets, ...streams].find((each) => !each.closed && !each.lost);
  for (const wait of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
    const connection = last();
    connection.lost = true;
    connection.lose();
    const count = sockets.length + streams.length;
    pass(wait - 1);
    assert.equal(sockets.length + streams.length, count);
    pass(1);
    assert.equal(sockets.length + streams.length, count + 1);
  }
});

test("once it has been caught up, the first wait is short again", (t) => {
  const { sockets, pass } = feeding(t);
  sockets[0].lose();
  pass(250);
  sockets[1].open();
  sockets[1].receive({ caughtup: { cursor: "cursor 2" } });
  sockets[1].lose();
  pass(250);
  assert.equal(sockets.length, 3);
});

test("waits vary, so that viewers do not all come back at the same moment", (t) => {
  const { sockets, pass } = feeding(t);
  Math.random.mock.mockImplementation(() => 0);
  sockets[0].lose();
  pass(125);
  assert.equal(sockets.length, 2);
});

test("after two failed WebSockets it changes to server-sent events", (t) => {
  const { feed, stream } = streaming(t);
  assert.equal(stream.url.href, `${SOURCE}events?site=mrc1,tst&after_id=cursor%201`);
  const events = recorded(feed, "message", "state");
  stream.receive("subscribed", SUBSCRIBED);
  stream.receive("newlog", message(2));
  stream.receive("caughtup", { cursor: "cursor 2" });
  assert.deepEqual(events, ["state", ["message", message(2)], "state"]);
  assert.equal(feed.state, "caught up");
});

test("after server-sent events are lost it tries a WebSocket again", (t) => {
  const { sockets, stream, pass } = streaming(t);
  stream.receive("newlog", message(2));
  stream.lose();
  assert.equal(stream.closed, true);
  pass(1000);
  assert.equal(sockets.length, 3);
  assert.equal(sockets[2].url.searchParams.get("after_id"), "cursor 2");
});

test("a connection that does not open within eight seconds is given up", (t) => {
  const { feed, sockets, pass } = feeding(t);
  pass(7999);
  assert.equal(feed.state, "connecting");
  pass(1);
  assert.equal(feed.state, "reconnecting");
  assert.equal(sockets[0].closed, true);
});

test("a quiet connection is probed, and given up if it does not answer", (t) => {
  const { feed, socket, pass } = live(t);
  socket.sent.length = 0;
  pass(19_999);
  assert.deepEqual(socket.sent, []);
  pass(1);
  assert.deepEqual(socket.sent, [{ action: "caughtup" }]);
  pass(7999);
  assert.equal(feed.state, "caught up");
  pass(1);
  assert.equal(feed.state, "reconnecting");
});

test("a quiet connection that answers is kept", (t) => {
  const { feed, socket, sockets, pass } = live(t);
  for (let minute = 0; minute < 3; minute += 1) {
    pass(20_000);
    socket.receive({ caughtup: { cursor: "cursor 2" } });
  }
  assert.equal(feed.state, "caught up");
  assert.equal(sockets.length, 1);
});

test("server-sent events without a sign of life are given up", (t) => {
  const { feed, stream, pass } = streaming(t);
  stream.receive("caughtup", { cursor: "cursor 2" });
  pass(27_999);
  assert.equal(feed.state, "caught up");
  pass(1);
  assert.equal(feed.state, "reconnecting");
});

test("every message is a sign of life", (t) => {
  const { stream, pass } = streaming(t);
  for (const id of [2, 3, 4]) {
    stream.receive("newlog", message(id));
    pass(27_999);
  }
  assert.equal(stream.closed, false);
  pass(1);
  assert.equal(stream.closed, true);
});

test("server-sent events that do not begin within eight seconds are given up", (t) => {
  const { stream, pass } = streaming(t);
  pass(7999);
  assert.equal(stream.closed, false);
  pass(1);
  assert.equal(stream.closed, true);
});

test("a connection that was given up is not lost a second time", (t) => {
  const { sockets, streams, stream, pass } = streaming(t);
  pass(8_000);
  stream.lose();
  pass(1_000);
  assert.deepEqual([sockets.length, streams.length], [3, 1]);
});

test("a gap is an event, and marked on the message after it", (t) => {
  const { feed, sockets } = feeding(t);
  const events = recorded(feed, "gap", "message");
  sockets[0].open();
  sockets[0].receive({ subscribed: { gap: true, replaced: false } });
  sockets[0].receive(message(5));
  sockets[0].receive(message(6));
  assert.deepEqual(events, ["gap", ["message", message(5, { gap: true })], ["message", message(6)]]);
});

test("it ends when the log has been replaced", (t) => {
  const { feed, sockets, streams, pass } = feeding(t);
  const events = recorded(feed, "replaced", "state", "message");
  sockets[0].open();
  sockets[0].receive({ subscribed: { gap: false, replaced: true } });
  sockets[0].receive(message(1));
  pass(60_000);
  assert.deepEqual(events, ["replaced"]);
  assert.equal(sockets[0].closed, true);
  assert.equal(sockets.length + streams.length, 1);
});

test("back online, it reconnects at once", (t) => {
  const { feed, socket, sockets, pass } = live(t);
  socket.lose();
  feed.hurry();
  assert.equal(sockets.length, 2);
  pass(5000);
  assert.equal(sockets.length, 2);
});

test("back online, a connection that seems to be open is probed at once", (t) => {
  const { feed, socket, pass } = live(t);
  socket.sent.length = 0;
  feed.hurry();
  assert.deepEqual(socket.sent, [{ action: "caughtup" }]);
  pass(8000);
  assert.equal(feed.state, "reconnecting");
});

test("back online, a connection that is being opened is left alone", (t) => {
  const { feed, sockets } = feeding(t);
  feed.hurry();
  assert.deepEqual(sockets[0].sent, []);
  assert.equal(sockets.length, 1);
});

test("back online, server-sent events are left alone, which cannot be probed", (t) => {
  const { feed, streams, stream } = streaming(t);
  stream.receive("caughtup", { cursor: "cursor 2" });
  feed.hurry();
  assert.equal(feed.state, "caught up");
  assert.equal(streams.length, 1);
});

test("closed while it was reconnecting, it stays closed", (t) => {
  const { feed, socket, sockets, pass } = live(t);
  socket.lose();
  feed.close();
  feed.hurry();
  pass(60_000);
  assert.equal(sockets.length, 1);
});

test("once closed, it stays closed", (t) => {
  const { feed, socket, sockets, streams, pass } = live(t);
  const events = recorded(feed, "message", "state");
  feed.close();
  socket.receive(message(3));
  socket.lose();
  feed.hurry();
  pass(60_000);
  assert.equal(socket.closed, true);
  assert.deepEqual(events, []);
  assert.equal(sockets.length + streams.length, 1);
});
