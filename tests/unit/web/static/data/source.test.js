import assert from "node:assert/strict";
import { test } from "node:test";

import { addKey, request, Source } from "../../../../../userstatus/web/static/data/source.js";

/** The requests that are made, as URL and headers. */
function requests(context) {
  const made = [];
  context.mock.method(globalThis, "fetch", async (url, options) => {
    made.push([String(url), options.headers]);
  });
  return made;
}

test("a key is sent in a header, and is in no URL that is made from the source", async (t) => {
  const made = requests(t);
  const source = new Source("https://a.example/dev/", "us_secret");
  await request(new URL("sites", source), source);
  assert.deepEqual(made, [["https://a.example/dev/sites", { Authorization: "Bearer us_secret" }]]);
});

test("without a key, nothing is sent, so that a browser need not ask first", async (t) => {
  const made = requests(t);
  await request("https://a.example/sites", new Source("https://a.example/", null));
  await request("https://a.example/sites", "https://a.example/");
  assert.deepEqual(made, [
    ["https://a.example/sites", undefined],
    ["https://a.example/sites", undefined],
  ]);
});

test("a connection has the key in its URL, as browsers send no header with it", () => {
  const url = new URL("wss://a.example/ws?site=tst");
  addKey(url, "https://a.example/");
  assert.equal(url.search, "?site=tst");
  addKey(url, new Source("https://a.example/", "us_secret"));
  assert.equal(url.search, "?site=tst&key=us_secret");
});
