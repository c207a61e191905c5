import assert from "node:assert/strict";
import { test } from "node:test";

import { KnownSites } from "../../../../../userstatus/web/static/data/known-sites.js";
import { message } from "../support.js";

/** A log that has these messages, and what is known of these sites. */
function logOf(messages, ...sites) {
  const found = sites.map((site) => ({ last: message(1, site), delays: [0], ...site }));
  return {
    backlog: { messages },
    statistics: { sites: new Map(found.map((site) => [site.site, site])) },
  };
}

test("the sites are those that are asked for, known or not, or all that are known", () => {
  const log = logOf([], { site: "mrc1" }, { site: "saf" });
  assert.deepEqual([...new KnownSites("MRC1, eco1", log).all.keys()], ["mrc1", "eco1"]);
  assert.deepEqual([...new KnownSites("*", log).all.keys()], ["mrc1", "saf"]);
});

test("there may be several sites if more than one is asked for, or all", () => {
  const several = (sites) => new KnownSites(sites, logOf([])).several;
  assert.deepEqual(["mrc1", "mrc1,saf", "*"].map(several), [false, true, true]);
});

test("a site has a name if somebody has given it one", () => {
  const sites = new KnownSites("*", logOf([], { site: "mrc1", name: "McDonald 1" }, { site: "saf" }));
  assert.deepEqual(["mrc1", "saf", "eco1"].map(sites.nameOf), ["McDonald 1", "", ""]);
});

test("what was heard last is no notice", () => {
  const heard = message(5, { received_at: 500 });
  const log = logOf([heard, message(6, { received_at: 600, notice: { kind: "silence" } })], { site: "tst" });
  assert.equal(new KnownSites("tst", log).last, heard);
  log.statistics.sites.get("tst").last = message(7, { received_at: 700 });
  assert.equal(new KnownSites("tst", log).last.id, 7);
  assert.equal(new KnownSites("tst", logOf([])).last, undefined);
});

test("the error of a clock is known by the messages around, or today's", () => {
  const log = logOf([], { site: "tst", delays: [7200, 7200, 7200] });
  const late = message(1, { timestamp: 0, received_at: 7200 });
  assert.equal(new KnownSites("tst", log).clockErrorOf(late), -7200);
  assert.equal(new KnownSites("tst", logOf([])).clockErrorOf(late), 0);
});

test("what lines tell changes with a name or a clock, and not with what is said", () => {
  const log = logOf([], { site: "mrc1" });
  const sites = new KnownSites("*", log);
  assert.equal(sites.changed(), false);
  const site = log.statistics.sites.get("mrc1");
  site.name = "McDonald 1";
  assert.deepEqual([sites.changed(), sites.changed()], [true, false]);
  site.last = message(9, site);
  assert.equal(sites.changed(), false);
  site.delays = [-300];
  assert.equal(sites.changed(), true);
});
