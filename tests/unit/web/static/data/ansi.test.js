import assert from "node:assert/strict";
import { test } from "node:test";

import { styled, withoutEscapes } from "../../../../../userstatus/web/static/data/ansi.js";

const ESC = "\u001b";

/** The styled parts of a text, as their text and classes. */
function parts(text) {
  const { plain, styles } = styled(text);
  return styles.map(([start, end, classes]) => [plain.slice(start, end), classes]);
}

test("a text without escape sequences stays as it is", () => {
  assert.deepEqual(styled("Focus done\n\tfwhm 2.1"), { plain: "Focus done\n\tfwhm 2.1", styles: [] });
});

test("colours become classes, until they are reset", () => {
  assert.deepEqual(parts(`${ESC}[31mred${ESC}[0m plain ${ESC}[1;92mbold green${ESC}[39m bold${ESC}[m end`), [
    ["red", "ansi-red"],
    ["bold green", "ansi-green ansi-bold"],
    [" bold", "ansi-bold"],
  ]);
});

test("colours of larger palettes are shown if they are among the first sixteen, and their numbers mean nothing else", () => {
  assert.deepEqual(parts(`${ESC}[38;5;9mred${ESC}[38;5;200m no${ESC}[38;2;1;4;3m no${ESC}[48;5;1m no`), [
    ["red", "ansi-red"],
  ]);
  assert.deepEqual(parts(`${ESC}[38;2;9;9;9;4munderlined`), [["underlined", "ansi-underline"]]);
});

test("all other sequences and control characters are left out", () => {
  const text = `${ESC}]0;a title\u0007a${ESC}[2Kb${ESC}[1;5Hc${ESC}(Bd${ESC}=e\u0000\u0008\u007f\u009b31mf\u0085g`;
  assert.equal(withoutEscapes(text), "abcdefg");
  assert.equal(withoutEscapes(`cut off ${ESC}[`), "cut off ");
  assert.equal(withoutEscapes(`cut off ${ESC}[31`), "cut off 31");
  assert.equal(withoutEscapes(`no end ${ESC}]0;a title\nnext line`), "no end 0;a title\nnext line");
});

test("line ends of every kind are line ends", () => {
  assert.equal(withoutEscapes("a\r\nb\rc\nd"), "a\nb\nc\nd");
});

test("the time grows with the text and not faster", () => {
  for (const text of [`${ESC}[`, `${ESC}[0;`, `${ESC}]`, `${ESC}[ `, "\u009b1"]) {
    const time = (count) => {
      const start = process.cpuUsage();
      styled(text.repeat(count) + "0".repeat(count));
      return process.cpuUsage(start).user / 1000;
    };
    time(1000);
    assert.ok(time(40_000) < 200 * Math.max(time(4000), 1), JSON.stringify(text));
  }
});
