import assert from "node:assert/strict";
import { test } from "node:test";

import { clockErrorAt, lateness } from "../../../../../userstatus/web/static/data/lateness.js";

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

/** A message of a site with this delay, received at this time. */
const sent = (id, received_at, delay, site = "tst") => ({
  id,
  site,
  received_at,
  timestamp: received_at - delay,
});

test("a clock was wrong if messages of other minutes seem to come equally late", () => {
  const messages = [sent(1, 1000, 7200), sent(2, 1100, 7201), sent(3, 1200, 0)];
  assert.equal(clockErrorAt(messages[0], messages, 0), -7200);
  assert.equal(clockErrorAt(messages[2], messages, 0), 0);
});

test("messages that come together may have waited together, and those of another site say nothing", () => {
  const together = [sent(1, 1000, 7200), sent(2, 1001, 7200), sent(3, 1059, 7200)];
  assert.equal(clockErrorAt(together[0], together, 0), 0);
  const others = [sent(1, 1000, 7200), sent(2, 1100, 7200, "aro1"), sent(3, 1200, 3600)];
  assert.equal(clockErrorAt(others[0], others, 0), 0);
});

test("a message that agrees with the clock of today is by that clock", () => {
  assert.equal(clockErrorAt(sent(9, 1000, 3600), [], -3601), -3601);
});
