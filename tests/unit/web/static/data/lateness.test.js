import assert from "node:assert/strict";
import { test } from "node:test";

import { lateness } from "../../../../../userstatus/web/static/data/lateness.js";

const late = (delay, clockError = 0) => lateness({ timestamp: 1000, received_at: 1000 + delay }, clockError);

test("two minutes are nothing", () => {
  for (const delay of [-120, 0, 120]) assert.equal(late(delay), null);
});

test("a message from the future comes from a wrong clock", () => {
  assert.equal(late(-121), "clock");
});

test("a message that comes late says by how much, unless the site's clock is that much behind", () => {
  assert.equal(late(3 * 3600 + 5), "3 h late");
  assert.equal(late(3 * 3600 + 5, -3 * 3600), "clock");
  assert.equal(late(3 * 3600 + 5, -3600), "3 h late");
});
