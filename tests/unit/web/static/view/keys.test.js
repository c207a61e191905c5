import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Keys } from "../../../../../userstatus/web/static/view/keys.js";
import { LOG_KEYS } from "../../../../../userstatus/web/static/view/log-keys.js";

/** As much of an element as keys need; `kinds` are the selectors that it matches. */
class FakeElement {
  open = false;
  attributes = {};
  content = [];

  constructor(...kinds) {
    this.kinds = kinds;
  }

  matches(selector) {
    return selector
      .replace(/\(.*\)/, "(…)")
      .split(", ")
      .some((kind) => this.kinds.includes(kind));
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...content) {
    this.content.push(...content);
  }

  addEventListener() {}

  showModal() {
    this.open = true;
  }

  close() {
    this.open = false;
  }
}

beforeEach((context) => {
  const { document, Element } = globalThis;
  globalThis.Element = FakeElement;
  globalThis.document = { createElement: (name) => new FakeElement(name) };
  context.after?.(() => Object.assign(globalThis, { document, Element }));
});

/** The keys of a log, and what they have been recorded to do. */
function logKeys({ following = true } = {}) {
  const done = [];
  const recorder = (fields) =>
    new Proxy(fields, { get: (_, name) => fields[name] ?? ((...values) => done.push([name, ...values])) });
  const parts = {
    toolbar: recorder({ searchBox: { focus: () => done.push(["focusSearch"]) } }),
    list: recorder({ following, pageHeight: 500 }),
    matches: recorder({}),
    navigation: recorder({}),
    timeField: recorder({}),
  };
  return { keys: new Keys(LOG_KEYS, parts), done };
}

/** Press a key; whether the browser still does what it would have done. */
function press(keys, key, { target = new FakeElement("body"), ...event } = {}) {
  let left = true;
  const preventDefault = () => {
    left = false;
  };
  keys.press({ key, composedPath: () => [target], preventDefault, ...event });
  return left;
}

/** What a key does in a log, and whether the browser still does what it would have done. */
function pressed(key, { following, ...event } = {}) {
  const { keys, done } = logKeys({ following });
  const left = press(keys, key, event);
  return { done, left };
}

test("every key does what its description says, instead of the browser's action", () => {
  const expected = {
    ArrowUp: ["scrollBy", -40],
    ArrowDown: ["scrollBy", 40],
    PageUp: ["scrollBy", -450],
    PageDown: ["scrollBy", 450],
    " ": ["scrollBy", 450],
    Home: ["first"],
    End: ["newest"],
    g: ["focus"],
    f: ["follow", false],
    "/": ["focusSearch"],
    t: ["switchZone"],
    n: ["step", 1],
    N: ["step", -1],
    e: ["stepError", 1],
    E: ["stepError", -1],
    Escape: ["focus"],
  };
  for (const [key, done] of Object.entries(expected))
    assert.deepEqual(pressed(key), { done: [done], left: false }, key);
  assert.deepEqual(pressed(" ", { shiftKey: true }).done, [["scrollBy", -450]]);
});

test("one key stops following, and starts it again", () => {
  assert.deepEqual(pressed("f", { following: false }).done, [["newest"]]);
});

test("other keys are left to the browser", () => {
  for (const key of ["x", "Tab", "constructor"]) assert.deepEqual(pressed(key), { done: [], left: true });
  assert.deepEqual(pressed("End", { shiftKey: true }), { done: [], left: true });
});

test("shortcuts of the browser, and keys that a part has handled itself, are left alone", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey", "defaultPrevented", "isComposing"])
    assert.deepEqual(pressed("f", { [held]: true }), { done: [], left: true });
});

test("where text is typed keys are text, and Escape leads out of it", () => {
  for (const kind of ["textarea", "select", "input:not(…)"]) {
    const target = new FakeElement(kind);
    for (const key of ["f", "Home", "?"])
      assert.deepEqual(pressed(key, { target }), { done: [], left: true });
    assert.deepEqual(pressed("Escape", { target }).done, [["focus"]]);
  }
});

test("a control keeps the keys that mean something to it, and no others", () => {
  const button = new FakeElement("button");
  assert.deepEqual(pressed(" ", { target: button }), { done: [], left: true });
  assert.deepEqual(pressed("PageDown", { target: button }).left, false);
  const radio = new FakeElement("[type=radio]", "input");
  for (const key of [" ", "ArrowDown", "Home"]) assert.equal(pressed(key, { target: radio }).left, true);
  assert.equal(pressed("f", { target: radio }).left, false);
});

test("the list of keys is opened and closed by the same key, and is made of the same table", () => {
  const { keys, done } = logKeys();
  assert.equal(press(keys, "?"), false);
  assert.equal(keys.element.open, true);
  assert.equal(press(keys, "f"), true);
  assert.equal(press(keys, "?"), false);
  assert.equal(keys.element.open, false);
  assert.deepEqual(done, []);
  const text = (node) => (typeof node === "string" ? node : node.content.map(text).join(""));
  for (const { description } of LOG_KEYS) assert.ok(text(keys.element).includes(description));
});
