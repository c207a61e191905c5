import assert from "node:assert/strict";
import { test } from "node:test";

import { links } from "../../../../../userstatus/web/static/data/links.js";

const found = (text) => links(text).map(([start, end]) => text.slice(start, end));

test("addresses of http and https are links, and no others", () => {
  assert.deepEqual(found("see http://a.example/x and HTTPS://b.example:8080/y?z=1#w"), [
    "http://a.example/x",
    "HTTPS://b.example:8080/y?z=1#w",
  ]);
  for (const text of [
    "javascript://x",
    "ftp://a.example",
    "file:///etc",
    "data:text/html,x",
    "http:/a",
    "xhttp://a",
  ])
    assert.deepEqual(found(text), [], text);
});

test("punctuation after an address does not belong to it", () => {
  assert.deepEqual(found("(https://a.example/b). https://a.example/c, https://a.example/d!?"), [
    "https://a.example/b",
    "https://a.example/c",
    "https://a.example/d",
  ]);
});

test("brackets that are opened within an address belong to it", () => {
  assert.deepEqual(found("https://a.example/m_(31) [https://a.example/x]"), [
    "https://a.example/m_(31)",
    "https://a.example/x",
  ]);
});

test("an address ends before quotes, angle brackets and characters that turn the direction of writing", () => {
  assert.deepEqual(found('<a href="https://a.example/b">'), ["https://a.example/b"]);
  assert.deepEqual(found("https://a.example/\u202eb"), ["https://a.example/"]);
});

test("what is no address at all is not linked", () => {
  assert.deepEqual(found("http://... http://[ https://"), []);
});
