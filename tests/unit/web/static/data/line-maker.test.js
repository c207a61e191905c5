import assert from "node:assert/strict";
import { test } from "node:test";

import { LineMaker } from "../../../../../userstatus/web/static/data/line-maker.js";
import { Lines } from "../../../../../userstatus/web/static/data/lines.js";
import { fromQuery } from "../../../../../userstatus/web/static/data/view-state.js";
import { message } from "../support.js";

const lines = () => new Lines(fromQuery(""), () => "a day");
const messages = (count) => Array.from({ length: count }, (_, number) => message(number + 1));

/** Have every look at the clock find that a slice has taken long enough. */
function slowly(context) {
  let time = 0;
  context.mock.method(performance, "now", () => {
    time += 1000;
    return time;
  });
}

test("a few messages are lines at once", () => {
  const [maker, made] = [new LineMaker(), lines()];
  let done = 0;
  maker.make(made, messages(3), () => {
    done += 1;
  });
  assert.equal(done, 1);
  assert.equal(maker.busy, false);
  assert.deepEqual(
    made.items.map(({ messages: [{ id }] }) => id),
    [1, 2, 3],
  );
});

test("many are made a slice at a time, and what arrives meanwhile is among them", (t) => {
  slowly(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [maker, made, found] = [new LineMaker(), lines(), messages(5000)];
  let done = 0;
  maker.make(made, found, () => {
    done += 1;
  });
  assert.equal(maker.busy, true);
  assert.ok(made.items.length < 5000);
  found.push(message(5001));
  while (maker.busy) t.mock.timers.tick(1);
  assert.equal(made.items.length, 5001);
  assert.equal(done, 1);
});

test("work that is no longer wanted is not done", (t) => {
  slowly(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [maker, made] = [new LineMaker(), lines()];
  maker.make(made, messages(5000), () => assert.fail("it was not stopped"));
  const before = made.items.length;
  maker.stop();
  t.mock.timers.tick(1000);
  assert.equal(made.items.length, before);
  assert.equal(maker.busy, false);
});
