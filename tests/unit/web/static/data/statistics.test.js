import assert from "node:assert/strict";
import { test } from "node:test";

import { byLevel } from "../../../../../userstatus/web/static/data/levels.js";
import {
  Statistics,
  urgency,
  worstOfLastHour,
} from "../../../../../userstatus/web/static/data/statistics.js";
import { answering, message, recorded, response, SOURCE, settled } from "../support.js";

const STEP_S = 600;

/** A site with these counts per interval, of which all but those named are zero. */
function site(name, lastId, counts = {}) {
  const activity = { start: 0, step: STEP_S, counts: byLevel((level) => counts[level] ?? Array(8).fill(0)) };
  const sums = byLevel((level) => activity.counts[level].reduce((sum, count) => sum + count, 0));
  return { site: name, last: message(lastId, { site: name }), counts: sums, activity };
}

function sites(found, lastId) {
  const headers = { "X-Last-Id": String(lastId), "X-Cursor": `cursor ${lastId}` };
  return response(structuredClone(found), { headers });
}

function counting(context, answer) {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const urls = answering(context, answer);
  const statistics = new Statistics(SOURCE, "*", STEP_S);
  context.after(() => statistics.close());
  return { statistics, urls };
}

test("sites are read below the service's prefix, with the cursor to continue from", async (t) => {
  const { statistics, urls } = counting(t, () => sites([site("tst", 4)], 5));
  const events = recorded(statistics, "change");
  await statistics.read();
  assert.equal(urls[0].href, `${SOURCE}sites?site=*&activity=600`);
  assert.deepEqual([...statistics.sites.keys()], ["tst"]);
  assert.equal(statistics.cursor, "cursor 5");
  assert.deepEqual(events, ["change"]);
});

test("a message is counted in the last interval, once", async (t) => {
  const { statistics } = counting(t, () => sites([site("tst", 4)], 5));
  await statistics.read();
  const events = recorded(statistics, "change");
  for (const id of [5, 6, 6]) statistics.add(message(id, { log_level: "error" }));
  assert.deepEqual(events, ["change"]);
  const found = statistics.sites.get("tst");
  assert.equal(found.counts.error, 1);
  assert.deepEqual(found.activity.counts.error, [0, 0, 0, 0, 0, 0, 0, 1]);
  assert.equal(found.last.id, 6);
});

test("a message that arrives during a request is counted all the same", async (t) => {
  const { statistics } = counting(t, () => sites([site("tst", 4)], 5));
  const reading = statistics.read();
  for (const id of [5, 6]) statistics.add(message(id));
  await reading;
  assert.equal(statistics.sites.get("tst").counts.info, 1);
  assert.equal(statistics.sites.get("tst").last.id, 6);
});

test("for a new site the service is asked, once for many messages", async (t) => {
  const answers = [sites([site("tst", 4)], 5), sites([site("tst", 4), site("new", 7)], 7)];
  const { statistics, urls } = counting(t, () => answers.shift());
  await statistics.read();
  for (const id of [6, 7]) statistics.add(message(id, { site: "new" }));
  await settled();
  assert.equal(urls.length, 2);
  assert.deepEqual([...statistics.sites.keys()], ["tst", "new"]);
});

test("the service is asked once more about a site that its response did not include yet", async (t) => {
  const answers = [sites([], 5), sites([], 5), sites([site("new", 6)], 6)];
  const { statistics, urls } = counting(t, () => answers.shift());
  await statistics.read();
  const reading = statistics.read();
  statistics.add(message(6, { site: "new" }));
  await reading;
  t.mock.timers.tick(1000);
  await settled();
  assert.equal(urls.length, 3);
  assert.deepEqual([...statistics.sites.keys()], ["new"]);
});

test("the service is asked every minute, until the page is closed", async (t) => {
  const { statistics, urls } = counting(t, () => sites([], 0));
  t.mock.timers.tick(60_000);
  await settled();
  assert.equal(urls.length, 1);
  statistics.close();
  t.mock.timers.tick(120_000);
  assert.equal(urls.length, 1);
});

test("a failed request leaves the statistics as they are, and rejects", async (t) => {
  const answers = [sites([site("tst", 4)], 5), response({}, { status: 503 }), new TypeError("no network")];
  const { statistics } = counting(t, () => answers.shift());
  await statistics.read();
  await assert.rejects(statistics.read(), { message: "HTTP 503" });
  statistics.refresh();
  await settled();
  assert.deepEqual([...statistics.sites.keys()], ["tst"]);
});

test("the activity of all sites is added up", async (t) => {
  const found = [site("a", 1, { info: [1, 2] }), site("b", 2, { info: [10, 20], error: [0, 5] })];
  for (const { activity } of found) activity.counts = byLevel((level) => activity.counts[level].slice(0, 2));
  const { statistics } = counting(t, () => sites(found, 2));
  assert.equal(statistics.total(), undefined);
  await statistics.read();
  const { counts, step } = statistics.total();
  assert.deepEqual([counts.info, counts.error, step], [[11, 22], [0, 5], STEP_S]);
});

test("only the last hour counts for how urgent a site is", () => {
  const before = [9, 9, 0, 0, 0, 0, 0, 0];
  const lately = [0, 0, 1, 0, 0, 0, 0, 0];
  assert.equal(worstOfLastHour(site("a", 1, { critical: before, warning: lately })), "warning");
  assert.equal(worstOfLastHour(site("a", 1, { critical: before })), undefined);
});

test("worse is more urgent, and debug is no more urgent than silence", () => {
  const lately = [0, 0, 0, 0, 0, 0, 0, 1];
  const order = [{}, { warning: lately }, { error: lately }, { critical: lately }];
  const found = order.map((counts) => urgency(site("a", 1, counts)));
  assert.deepEqual(found, [...new Set(found)].sort());
  assert.equal(urgency(site("a", 1, { debug: lately })), urgency(site("a", 1)));
  assert.equal(urgency(site("a", 1, { info: lately })), urgency(site("a", 1)));
});
