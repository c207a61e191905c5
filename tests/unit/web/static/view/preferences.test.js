import assert from "node:assert/strict";
import { test } from "node:test";

import { recall, remember } from "../../../../../userstatus/web/static/view/preferences.js";

function storage(context, property) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  Object.defineProperty(globalThis, "localStorage", { configurable: true, ...property });
  context.after(() =>
    before
      ? Object.defineProperty(globalThis, "localStorage", before)
      : Reflect.deleteProperty(globalThis, "localStorage"),
  );
}

test("what is remembered can be recalled, under a name of the service's own", (context) => {
  const stored = new Map();
  const value = {
    setItem: (key, text) => stored.set(key, text),
    getItem: (key) => stored.get(key) ?? null,
  };
  storage(context, { value });
  assert.equal(recall("dim"), null);
  remember("dim", "0.4");
  assert.equal(recall("dim"), "0.4");
  assert.deepEqual([...stored.keys()], ["userstatus.dim"]);
});

test("a browser that forbids storage forgets, and nothing fails", (context) => {
  storage(context, {
    get() {
      throw new Error("forbidden");
    },
  });
  remember("dim", "0.4");
  assert.equal(recall("dim"), null);
});
