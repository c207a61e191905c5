import assert from "node:assert/strict";
import { test } from "node:test";

import { byLevel } from "../../../../../userstatus/web/static/data/levels.js";
import {
  clockError,
  clockWords,
  SILENT_AFTER_S,
  Statistics,
  silentSince,
  worstMessage,
} from "../../../../../userstatus/web/static/data/statistics.js";
import { answering, message, recorded, response, SOURCE, settled } from "../support.js";

const STEP_S = 600;

/** A site with these counts per interval, of which all but those named are zero. */
function site(name, lastId, counts = {}) {
  const activity = { start: 0, step: STEP_S, counts: byLevel((level) => counts[level] ?? Array(8).fill(0)) };
  const sums = byLevel((level) => activity.counts[level].reduce((sum, count) => sum + count, 0));
  const last = message(lastId, { site: name });
  return { site: name, last, latest: {}, delays: [0], counts: sums, activity };
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
  assert.deepEqual(events, [["change", "tst"]]);
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

test("the newest warning, error and critical are kept beside the last message, with its delays", async (t) => {
  const { statistics } = counting(t, () => sites([site("tst", 1)], 1));
  await statistics.read();
  const levels = ["error", "critical", "error", "info", "debug", "info"];
  levels.forEach((log_level, place) => {
    const id = place + 2;
    statistics.add(message(id, { log_level, timestamp: 0, received_at: 60 * id + 0.4 }));
  });
  const { last, latest, delays } = statistics.sites.get("tst");
  assert.deepEqual([last.id, latest.error.id, latest.critical.id, Object.keys(latest).length], [7, 4, 3, 2]);
  assert.deepEqual(delays, [180, 240, 300, 360, 420]);
});

/** A site that said these at these seconds of receipt, the last of them last; the clock of the telescope is useless. */
function heard(...levels) {
  const messages = levels.map(([received_at, log_level], place) =>
    message(place + 1, { received_at, log_level, timestamp: 5 }),
  );
  const latest = {};
  for (const each of messages) if (each.log_level !== "info") latest[each.log_level] = each;
  return { last: messages.at(-1), latest };
}

const HOUR = 3600;

test("a site is silent when nothing was received for half an hour, whatever its own clock says", () => {
  const site = heard([100_000, "info"]);
  assert.equal(silentSince(site, 100_000 + SILENT_AFTER_S), null);
  assert.equal(silentSince(site, 100_001 + SILENT_AFTER_S), 100_000);
});

test("of a site that the service watches, the service says when it is silent", () => {
  const last = message(1, { received_at: 100_000 });
  const silence = { kind: "silence", since: 100_000, until: 100_600 };
  assert.equal(silentSince({ last, silence }, 100_720), 100_000);
  assert.equal(silentSince({ last: { ...last, next_within: 7200 } }, 100_000 + 2 * SILENT_AFTER_S), null);
  assert.equal(silentSince({ last, silent_after: 7200 }, 100_000 + 2 * SILENT_AFTER_S), null);
});

test("where there are only notices, nobody is expected to speak", () => {
  const last = message(1, { received_at: 100_000, notice: { kind: "down" } });
  assert.equal(silentSince({ last }, 500_000), null);
});

/** What is known of a site that has been heard once, after the service has said these things of it. */
async function noticed(context, ...notices) {
  const { statistics } = counting(context, () => sites([site("tst", 4)], 5));
  await statistics.read();
  for (const [place, notice] of notices.entries())
    statistics.add(message(6 + place, { log_level: "warning", timestamp: 0, notice }));
  return { statistics, found: statistics.sites.get("tst") };
}

test("a notice is counted, but the site has not spoken", async (t) => {
  const { found } = await noticed(t, { kind: "silence", since: 4 });
  assert.equal(found.counts.warning, 1);
  assert.equal(found.last.id, 4);
  assert.deepEqual(found.delays, [0]);
});

test("a site is silent from the notice of it until it is heard, or said to be", async (t) => {
  const silence = { kind: "silence", since: 4, until: 5 };
  const { statistics, found } = await noticed(t, silence);
  assert.deepEqual(found.silence, silence);
  statistics.add(message(9));
  assert.equal(found.silence, undefined);
  statistics.add(message(10, { notice: silence }));
  statistics.add(message(11, { notice: { kind: "recovery", since: 4, until: 9 } }));
  assert.equal(found.silence, undefined);
  assert.equal(found.last.id, 9);
});

test("a site is muted from the notice of it until another one ends that", async (t) => {
  const mute = { kind: "mute", until: 900, level: "error", why: "painting the dome" };
  const { statistics, found } = await noticed(t, mute);
  assert.deepEqual(found.mute, mute);
  statistics.add(message(9));
  assert.deepEqual(found.mute, mute);
  statistics.add(message(10, { notice: { kind: "unmute" } }));
  assert.equal(found.mute, undefined);
});

test("that an earlier mute has ended does not end the one that has taken its place", async (t) => {
  const [first, second] = [100, 200].map((since) => ({ kind: "mute", since, until: 900 }));
  const { statistics, found } = await noticed(t, first, second, { kind: "unmute", since: 100 });
  assert.deepEqual(found.mute, second);
  statistics.add(message(20, { notice: { kind: "unmute", since: 200 } }));
  assert.equal(found.mute, undefined);
});

test("a notice is not the worst of a site's messages, unless it has no others", async (t) => {
  const found = heard([99_000, "error"], [99_500, "warning"]);
  found.latest.error.notice = { kind: "down" };
  assert.equal(worstMessage(found, 100_000).log_level, "warning");
  const { found: own } = await noticed(t);
  own.last.notice = { kind: "down" };
  own.latest = {
    error: message(5, { log_level: "error", received_at: 99_000, notice: { kind: "channel" } }),
  };
  assert.equal(worstMessage(own, 100_000).log_level, "error");
});

test("where there are only notices, the last one is what was said last", async (t) => {
  const { statistics, found } = await noticed(t);
  found.last.notice = { kind: "channel" };
  statistics.add(message(6, { log_level: "warning", notice: { kind: "channel" } }));
  assert.deepEqual([found.last.id, found.latest.warning.id], [6, 6]);
});

test("the worst message of the last hour is the newest of the worst level", () => {
  const site = heard([99_000, "critical"], [99_500, "error"], [99_600, "warning"], [102_000, "info"]);
  assert.equal(worstMessage(site, 102_000).log_level, "critical");
  assert.equal(worstMessage(site, 99_000 + HOUR), site.latest.error);
  site.last = message(9, { received_at: 103_000 });
  assert.equal(worstMessage(site, 103_200), undefined);
});

test("of a silent site it is the worst of the hour before it fell silent, for as long as it is silent", () => {
  const site = heard([90_000, "critical"], [99_000, "error"], [100_000, "info"]);
  assert.equal(worstMessage(site, 500_000).log_level, "error");
  assert.equal(worstMessage(heard([90_000, "error"], [100_000, "info"]), 500_000), undefined);
});

test("of messages that come within a minute, the last one counts for the clock", async (t) => {
  const { statistics } = counting(t, () => sites([site("tst", 1)], 1));
  await statistics.read();
  for (const [id, received_at] of [
    [2, 600],
    [3, 601],
    [4, 659],
    [5, 660],
  ])
    statistics.add(message(id, { timestamp: 0, received_at }));
  assert.deepEqual(statistics.sites.get("tst").delays, [0, 659, 660]);
});

test("a clock is behind if messages of several minutes seem to be equally late", () => {
  assert.equal(clockError({ delays: [0, 0, 1_814_400, 1_814_401, 1_814_460] }), -1_814_400);
  assert.equal(clockError({ delays: [0, 0, 0, 0, 7200] }), 0);
  assert.equal(clockError({ delays: [7200, 7200] }), 0);
  assert.equal(clockError({ delays: [9000, 5400, 1800] }), 0);
  assert.equal(clockError({ delays: [7200, 7200, 7200, 0] }), 0);
  assert.equal(clockError({ delays: [60, 90, 120] }), 0);
  assert.equal(clockError({ delays: [] }), 0);
});

test("a clock is ahead if one message comes before it was sent", () => {
  assert.equal(clockError({ delays: [-300] }), 300);
  assert.equal(clockError({ delays: [0, 0, -300] }), 300);
  assert.equal(clockError({ delays: [-300, 0] }), 0);
  assert.equal(clockError({ delays: [-120] }), 0);
});

test("the error of a clock is said in words", () => {
  assert.equal(clockWords(-1_814_400), "clock 21 d behind");
  assert.equal(clockWords(300), "clock 5 min ahead");
  assert.equal(clockWords(0), "");
});
