import assert from "node:assert/strict";
import { test } from "node:test";

import { LEVELS } from "../../../../../userstatus/web/static/data/levels.js";
import { PeriodReader } from "../../../../../userstatus/web/static/data/period-reader.js";
import { answering, message, response, SOURCE, settled } from "../support.js";

/** Answers as the service does, from these messages. */
function serving(kept) {
  return ({ searchParams }) => {
    const number = (name, otherwise) => Number(searchParams.get(name) ?? otherwise);
    const found = kept.filter(
      ({ id, received_at }) =>
        id < number("before_id") &&
        received_at > number("received_after", -1) &&
        received_at < number("received_before"),
    );
    const limit = number("limit");
    const part = searchParams.get("order") === "oldest" ? found.slice(0, limit) : found.slice(-limit);
    return response(part, { headers: found.length > limit ? { "X-Truncated": "true" } : {} });
  };
}

function numbered(count) {
  return Array.from({ length: count }, (_, index) => message(index + 1));
}

function reader(period, { levels = new Set(LEVELS), matches = () => true, signal } = {}) {
  const query = { source: SOURCE, sites: "tst,mrc1", levels, matches, period };
  return new PeriodReader(query, signal ?? new AbortController().signal);
}

/** All ids that are read, oldest first. */
async function ids(reading) {
  const pages = [];
  for await (const page of reading.pages()) pages.push(page.map(({ id }) => id));
  return pages.reverse().flat();
}

test("a long period is read whole, page by page", async (context) => {
  const kept = numbered(12_345);
  const urls = answering(context, serving(kept));
  const reading = reader({ from: null, to: 20_000 });
  assert.deepEqual(
    await ids(reading),
    kept.map(({ id }) => id),
  );
  assert.equal(urls.length, 4);
  assert.ok(urls.every(({ searchParams }) => searchParams.get("site") === "tst,mrc1"));
  assert.deepEqual(reading.progress, { read: 12_345, matching: 12_345, done: 1 });
  assert.equal(reading.missing, "");
});

test("the beginning is part of the period, its end is not", async (context) => {
  answering(context, serving(numbered(10)));
  assert.deepEqual(await ids(reader({ from: 3, to: 7 })), [3, 4, 5, 6]);
});

test("a period of all that is kept begins with the oldest message", async (context) => {
  answering(context, serving(numbered(10).slice(4)));
  const reading = reader({ from: null, to: 100 });
  await ids(reading);
  assert.deepEqual(reading.period, { from: 5, to: 100 });
});

test("only what matches is handed on, and both are counted", async (context) => {
  answering(context, serving(numbered(10)));
  const reading = reader({ from: null, to: 100 }, { matches: ({ id }) => id % 5 === 0 });
  assert.deepEqual(await ids(reading), [5, 10]);
  assert.deepEqual(reading.progress, { read: 10, matching: 2, done: 1 });
});

test("the service is asked for the levels that are wanted only", async (context) => {
  const urls = answering(context, serving([]));
  await ids(reader({ from: null, to: 1 }, { levels: new Set(["error", "critical"]) }));
  await ids(reader({ from: null, to: 1 }));
  assert.deepEqual(
    urls.map(({ searchParams }) => searchParams.get("log_level")),
    ["error,critical", null],
  );
});

test("progress is by the time that has been gone back", async (context) => {
  answering(context, serving(numbered(10_001)));
  const reading = reader({ from: null, to: 10_002 });
  const done = [];
  for await (const _ of reading.pages()) done.push(reading.progress.done);
  assert.deepEqual(
    done.map((part) => part.toFixed(1)),
    ["0.5", "1.0", "1.0"],
  );
});

test("what was read until it is stopped counts, and it is partial", async (context) => {
  answering(context, serving(numbered(12_000)));
  const stop = new AbortController();
  const reading = reader({ from: null, to: 20_000 }, { signal: stop.signal });
  const pages = [];
  for await (const page of reading.pages()) {
    pages.push(page);
    stop.abort();
  }
  assert.equal(pages.flat().length, 5000);
  assert.equal(reading.missing, "stopped");
});

test("what expires before it is read makes it partial", async (context) => {
  const kept = numbered(12_000);
  const answer = serving(kept);
  let requests = 0;
  answering(context, (url) => {
    requests += 1;
    if (requests === 3) kept.splice(0, 100);
    return answer(url);
  });
  const reading = reader({ from: null, to: 20_000 });
  assert.equal((await ids(reading)).length, 11_900);
  assert.equal(reading.missing, "some expired while they were read");
});

test("a request that fails is tried again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const answer = serving(numbered(10));
  let failures = 3;
  answering(context, (url) => (failures-- > 0 ? new TypeError("no network") : answer(url)));
  const reading = reader({ from: null, to: 100 });
  const result = ids(reading);
  for (let count = 0; count < 3; count += 1) {
    await settled();
    context.mock.timers.tick(4000);
  }
  assert.equal((await result).length, 10);
  assert.equal(reading.missing, "");
});

test("where the service does not answer any more, what was read counts, and it is partial", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const answer = serving(numbered(6000));
  let requests = 0;
  answering(context, (url) => {
    requests += 1;
    return requests > 2 ? response({ error: "the database does not answer" }, { status: 503 }) : answer(url);
  });
  const reading = reader({ from: null, to: 10_000 });
  const result = ids(reading);
  for (let count = 0; count < 5; count += 1) {
    await settled();
    context.mock.timers.tick(4000);
  }
  assert.equal((await result).length, 5000);
  assert.equal(requests, 6);
  assert.equal(reading.missing, "not all could be read: the database does not answer");
});

test("what the service rejects is not asked for again", async (context) => {
  const urls = answering(context, () => response({ error: "site is 'no site'" }, { status: 400 }));
  const reading = reader({ from: null, to: 100 });
  assert.deepEqual(await ids(reading), []);
  assert.equal(urls.length, 1);
  assert.equal(reading.missing, "not all could be read: site is 'no site'");
});
