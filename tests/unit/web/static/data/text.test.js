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

/** What stands for a text, and how much it leaves out. */
function fold(text) {
  const found = folded(text);
  return found && [text.slice(found.start, found.end) + (found.cut ? "…" : ""), found.hidden];
}

test("long texts and tracebacks are folded, others are not", () => {
  assert.equal(fold("1\n2\n3\n4\n5\n6"), null);
  assert.deepEqual(fold("1\n2\n3\n4\n5\n6\n7"), ["1", "6 lines"]);
  assert.equal(fold("x".repeat(600)), null);
  assert.deepEqual(fold("x".repeat(1301)), [`${"x".repeat(299)}…`, "1,002 characters"]);
  assert.deepEqual(fold(`${"x".repeat(298)}${"😀".repeat(300)}`), [`${"x".repeat(298)}…`, "600 characters"]);
  assert.deepEqual(fold(tidied(TRACEBACK).plain), ["OSError: no camera", "4 lines"]);
});

test("a stack trace of Java or JavaScript is folded to its first line", () => {
  const java =
    "java.io.IOException: no mount\n\tat org.Mount.slew(Mount.java:17)\n\tat org.Main.main(Native Method)";
  const javascript = "TypeError: x is undefined\n    at slew (mount.js:17:3)\n    at mount.js:4:1";
  assert.deepEqual(fold(java), ["java.io.IOException: no mount", "2 lines"]);
  assert.deepEqual(fold(javascript), ["TypeError: x is undefined", "2 lines"]);
  assert.equal(fold("Waiting\n  at the zenith\n  at least"), null);
});

test("folding takes time in proportion to the text", () => {
  for (const text of [" at :1", "\t", " \n", "\n at :1:1", `${TRACEBACK}`, "1"]) {
    const time = (count) => {
      const start = process.cpuUsage();
      folded(tidied(text.repeat(count)).plain);
      return process.cpuUsage(start).user / 1000;
    };
    time(1000);
    assert.ok(time(16_000) < 100 * Math.max(time(1000), 1), JSON.stringify(text));
  }
});
