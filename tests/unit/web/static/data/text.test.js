import assert from "node:assert/strict";
import { test } from "node:test";

import { folded, tellingLine, tidied } from "../../../../../userstatus/web/static/data/text.js";

const TRACEBACK =
  'Camera failed\nTraceback (most recent call last):\n  File "a.py", line 1\n    x\nOSError: no camera\n';

test("a traceback is told by its last line, any other text by its first", () => {
  assert.equal(tellingLine(TRACEBACK), "OSError: no camera");
  assert.equal(tellingLine("\n  Focus done\n  fwhm 2.1"), "Focus done");
  assert.equal(tellingLine(""), "");
});

test("of tracebacks in a chain, the last one tells, by the line after its frames", () => {
  const chain = `${TRACEBACK}\nDuring handling of the above exception, another exception occurred:\n\n${TRACEBACK.replace(
    "no camera",
    "no power\nsecond line",
  )}`;
  assert.equal(tellingLine(chain), "OSError: no power");
  assert.equal(tellingLine("Traceback (most recent call last):\n  File cut off"), "File cut off");
});

test("blank lines before and after a text are not shown, and its first indentation is", () => {
  assert.equal(tidied(" \n\n\t\n  a\n\n  b\n \n").plain, "  a\n\n  b");
  assert.equal(tidied(" \n \t ").plain, "");
});

test("styles and links are where the text is that is left", () => {
  const { plain, styles, links } = tidied("\n\n\u001b[31mred https://a.example\u001b[0m \n\n");
  assert.deepEqual(
    styles.map(([start, end, classes]) => [plain.slice(start, end), classes]),
    [["red https://a.example", "ansi-red"]],
  );
  assert.deepEqual(links, [[4, plain.length]]);
});

test("long texts and tracebacks are folded, others are not", () => {
  assert.equal(folded("1\n2\n3\n4\n5\n6"), null);
  assert.deepEqual(folded("1\n2\n3\n4\n5\n6\n7"), { telling: "1", hidden: "6 lines" });
  assert.equal(folded("x".repeat(600)), null);
  assert.deepEqual(folded("x".repeat(1301)), { telling: `${"x".repeat(299)}…`, hidden: "1,001 characters" });
  assert.deepEqual(folded(tidied(TRACEBACK).plain), { telling: "OSError: no camera", hidden: "4 lines" });
});
