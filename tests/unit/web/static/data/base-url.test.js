import assert from "node:assert/strict";
import { test } from "node:test";

import { BASE_URL } from "../../../../../userstatus/web/static/data/base-url.js";

test("the base URL is the parent of /static, so that it includes the service's prefix", () => {
  assert.equal(BASE_URL, new URL("../../../../../userstatus/web/static/../", import.meta.url).href);
});
