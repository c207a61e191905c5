import assert from "node:assert/strict";
import { test } from "node:test";

import { KEYS, press } from "../../../../../userstatus/web/static/view/keys.js";

class Input {
  type = "search";
}

/** Press a key; what it does, and whether the browser still does what it would have done. */
function pressed(context, key, { target = {}, following = true, ...event } = {}) {
  const before = globalThis.HTMLInputElement;
  globalThis.HTMLInputElement = Input;
  context.after(() => {
    globalThis.HTMLInputElement = before;
  });
  const done = [];
  const recorder = (fields) =>
    new Proxy(fields, { get: (_, name) => fields[name] ?? ((...values) => done.push([name, ...values])) });
  let left = true;
  const preventDefault = () => {
    left = false;
  };
  press(
    { key, composedPath: () => [target], preventDefault, ...event },
    {
      toolbar: recorder({ searchBox: { focus: () => done.push(["focusSearch"]) } }),
      list: recorder({ following }),
    },
  );
  return { done, left };
}

test("every key does what its description says, instead of the browser's action", (t) => {
  const found = Object.keys(KEYS).map((key) => [key, ...pressed(t, key).done.flat()]);
  assert.deepEqual(found, [
    ["/", "focusSearch"],
    ["Home", "showFirst"],
    ["End", "follow", true],
    ["f", "follow", false],
    ["t", "switchZone"],
    ["Escape"],
  ]);
  assert.equal(pressed(t, "/").left, false);
});

test("one key stops following, and starts it again", (t) => {
  assert.deepEqual(pressed(t, "f", { following: false }).done, [["follow", true]]);
});

test("other keys are left to the browser", (t) => {
  for (const key of ["x", "Escape", "constructor"])
    assert.deepEqual(pressed(t, key), { done: [], left: true });
});

test("shortcuts of the browser, and keys that a part has handled itself, are left alone", (t) => {
  for (const held of ["ctrlKey", "metaKey", "altKey", "defaultPrevented"])
    assert.deepEqual(pressed(t, "f", { [held]: true }), { done: [], left: true });
});

test("in the search box keys are text, and Escape leaves it", (t) => {
  const target = new Input();
  assert.deepEqual(pressed(t, "f", { target }), { done: [], left: true });
  assert.deepEqual(pressed(t, "Escape", { target }).done, [["focus"]]);
});

test("in other inputs keys mean the same as elsewhere", (t) => {
  const target = Object.assign(new Input(), { type: "checkbox" });
  assert.deepEqual(pressed(t, "f", { target }).done, [["follow", false]]);
});
