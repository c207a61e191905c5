import assert from "node:assert/strict";
import { test } from "node:test";

import { SIGNS, WORDS } from "../../../../../userstatus/web/static/data/notices.js";

const KINDS = ["silence", "recovery", "down", "mute", "unmute", "channel", "configuration"];

test("every kind of notice has a sign of its own, and words for it", () => {
  assert.deepEqual(Object.keys(SIGNS), KINDS);
  assert.deepEqual(Object.keys(WORDS), KINDS);
  assert.equal(new Set(Object.values(SIGNS)).size, KINDS.length);
});
