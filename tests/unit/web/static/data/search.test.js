import assert from "node:assert/strict";
import { test } from "node:test";

import { Search, SearchError, searchFor } from "../../../../../userstatus/web/static/data/search.js";
import { message } from "../support.js";

const TEXTS = ["Dome open (1)", "dome  stuck", "Slewing to a/b -5", "/Dome/"];

/** The texts of these that are shown, by their place. */
function found(words) {
  const search = new Search(words);
  return TEXTS.flatMap((text, place) => (search.matches(message(place, { message: text })) ? [place] : []));
}

test("words are one text, with its spaces and signs, in either case", () => {
  assert.deepEqual(found("DOME"), [0, 1, 3]);
  assert.deepEqual(found("dome open"), [0]);
  assert.deepEqual(found("dome stuck"), []);
  assert.deepEqual(found("(1)"), [0]);
  assert.deepEqual(found("a/b -5"), [2]);
});

test("a site is found by its code", () => {
  const search = new Search("RC1");
  assert.equal(search.matches(message(1, { site: "mrc1" })), true);
  assert.equal(search.matches(message(1, { site: "mrc2" })), false);
  assert.equal(new Search("-mrc1").matches(message(1, { site: "mrc1" })), false);
  assert.equal(new Search("/^mrc\\d$/").matches(message(1, { site: "mrc1" })), true);
});

test("a leading hyphen excludes", () => {
  assert.deepEqual(found("-dome"), [2]);
  assert.deepEqual(found("-/o.*o/"), [1, 2, 3]);
  assert.deepEqual(found("/-5/"), [2]);
});

test("between slashes is a regular expression", () => {
  assert.deepEqual(found("/^dome\\b.*(open|shut)/"), [0]);
  assert.deepEqual(found("/\\/dome\\//"), [3]);
});

test("what is not a whole expression yet is a text", () => {
  assert.deepEqual(found("/"), [2, 3]);
  assert.deepEqual(found("/Dom"), [3]);
});

test("an empty search shows everything, also as an empty expression or exclusion", () => {
  for (const words of ["", "-", "//", "-//"]) {
    assert.deepEqual(found(words), [0, 1, 2, 3], words);
    assert.equal(new Search(words).empty, true);
  }
  assert.equal(new Search(" ").empty, false);
});

test("hits are marked where they are, but not what is excluded", () => {
  assert.deepEqual(new Search("o").ranges("Dome open"), [[1, 2], [5, 6]]); // biome-ignore format: pairs
  assert.deepEqual(new Search("/o./").ranges("Dome open"), [[1, 3], [5, 7]]); // biome-ignore format: pairs
  assert.deepEqual(new Search("-o").ranges("Dome open"), []);
  assert.deepEqual(new Search("").ranges("Dome open"), []);
});

test("an expression that cannot be read is an error that counts from the first character of the box", () => {
  for (const [words, place] of [
    ["/a(b/", 3],
    ["-/a(b/", 4],
  ])
    assert.throws(
      () => new Search(words),
      (error) =>
        error instanceof SearchError &&
        error.message === `Not a regular expression: at character ${place}, this ( is not closed`,
    );
});

test("from a URL, what cannot be read shows everything", () => {
  assert.equal(searchFor("/a(b/").empty, true);
  assert.equal(searchFor("a(b").empty, false);
});

test("what matches a name is excluded, and a pattern without a name is not looked for in one", () => {
  assert.equal(new Search("-McDonald").matches(message(1), "McDonald 1"), false);
  assert.equal(new Search("-McDonald").matches(message(1)), true);
  assert.equal(new Search("/^$/").matches(message(1)), false);
});
