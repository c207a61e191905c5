import assert from "node:assert/strict";
import { test } from "node:test";

import {
  siteFileName,
  siteNames,
  sitePage,
  withName,
} from "../../../../../userstatus/web/static/data/site-names.js";
import { SOURCE } from "../support.js";

test("sites are named one after another, in the service's lower case", () => {
  assert.equal(siteNames("TST"), "tst");
  assert.equal(siteNames(" mrc1, mrc2,"), "mrc1, mrc2");
});

test("the star is every site, whatever is named beside it", () => {
  assert.equal(siteNames("*"), "every site");
  assert.equal(siteNames("tst,*"), "every site");
  assert.equal(siteFileName("*"), "every-site");
});

test("a file is named after its sites, as long as its name stays readable", () => {
  assert.equal(siteFileName("mrc1,mrc2"), "mrc1-mrc2");
  assert.equal(siteFileName("a".repeat(64)), "a".repeat(64));
  const many = Array.from({ length: 12 }, (_, number) => `site${number}`);
  assert.equal(siteFileName(many.join(",")), "12-sites");
});

test("the page of sites is below the service's base URL", () => {
  assert.equal(sitePage("mrc1, MRC2", SOURCE), "https://example.org/dev/watch/mrc1,mrc2");
  assert.equal(sitePage("*", SOURCE), "https://example.org/dev/watch/*");
  assert.equal(sitePage("no/site?", SOURCE), "https://example.org/dev/watch/no%2Fsite%3F");
});

test("people read the names of sites beside their codes, where there are any", () => {
  const names = { mrc1: "McDonald 1" };
  assert.equal(
    siteNames("MRC1, saf", (code) => names[code] ?? ""),
    "mrc1 (McDonald 1), saf",
  );
  assert.equal(
    siteNames("*", () => "x"),
    "every site",
  );
  assert.equal(withName("mrc1", "McDonald 1"), "mrc1 (McDonald 1)");
  assert.equal(withName("mrc1", ""), "mrc1");
});
