import assert from "node:assert/strict";
import { test } from "node:test";

import { Rejection, requestMessages } from "../../../../../userstatus/web/static/data/recent-logs.js";
import { answering, message, response, SOURCE } from "../support.js";

const { signal } = new AbortController();

test("messages come in the order of their ids, whatever their timestamps", async (context) => {
  const headers = { "X-Cursor": "cursor 2", "X-Last-Id": "2", "X-Truncated": "true" };
  answering(context, () =>
    response([message(2, { timestamp: 1 }), message(1, { timestamp: 5 })], { headers }),
  );
  const { found, more, cursor } = await requestMessages(SOURCE, "site=tst", signal);
  assert.deepEqual(
    found.map(({ id }) => id),
    [1, 2],
  );
  assert.deepEqual([more, cursor], [true, "cursor 2"]);
});

test("a message that is newer than the response's cursor is where to continue from", async (context) => {
  answering(context, () => response([message(3)], { headers: { "X-Cursor": "cursor 2", "X-Last-Id": "2" } }));
  assert.equal((await requestMessages(SOURCE, "site=tst", signal)).cursor, "cursor 3");
});

test("what the service rejects is told apart from what may work the next time", async (context) => {
  let status = 400;
  answering(context, () => response({ error: "no such site" }, { status }));
  await assert.rejects(
    requestMessages(SOURCE, "site=", signal),
    (error) => error instanceof Rejection && error.message === "no such site",
  );
  status = 503;
  await assert.rejects(requestMessages(SOURCE, "site=", signal), (error) => !(error instanceof Rejection));
});
