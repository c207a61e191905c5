import assert from "node:assert/strict";
import { test } from "node:test";

import { tellingLine } from "../../../../../userstatus/web/static/data/text.js";

test("a traceback is told by its last line, any other text by its first", () => {
  const traceback =
    'Camera failed\nTraceback (most recent call last):\n  File "a.py", line 1\nOSError: no camera\n';
  assert.equal(tellingLine(traceback), "OSError: no camera");
  assert.equal(tellingLine("\n  Focus done\n  fwhm 2.1"), "Focus done");
  assert.equal(tellingLine(""), "");
});
