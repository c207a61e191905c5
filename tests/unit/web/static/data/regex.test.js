import assert from "node:assert/strict";
import { test } from "node:test";

import { Regex } from "../../../../../userstatus/web/static/data/regex.js";

const FLAGS = "gimu"; // what a Regex does, in words of RegExp

/** Numbers that look random, and are the same in every run. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const CHARACTERS = ["a", "b", "A", "1", "_", " ", "\n", "é", "É", "ſ", "K", "ß", "😀", "-"];
const SETS = [
  "a",
  "b",
  "K",
  "s",
  ".",
  "\\d",
  "\\w",
  "\\s",
  "\\W",
  "[ab]",
  "[^a]",
  "[a-c1]",
  "[^\\s]",
  "[é-ÿ]",
  "😀",
  "\\.",
];
const PLACES = ["^", "$", "\\b", "\\B"];
const COUNTS = ["*", "+", "?", "{2}", "{1,2}", "{0,2}", "{1,}"];

/** A random pattern, and whether RegExp can prefer another hit in it: where what is repeated may be empty, it has rules. */
function randomPattern(below, depth = 3) {
  const choice = depth ? below(6) : below(2);
  if (choice === 0) return { pattern: SETS[below(SETS.length)], empty: false, exact: true };
  if (choice === 1) {
    if (below(3)) return { pattern: SETS[below(SETS.length)], empty: false, exact: true };
    return { pattern: PLACES[below(PLACES.length)], empty: true, exact: true };
  }
  const [one, other] = [randomPattern(below, depth - 1), randomPattern(below, depth - 1)];
  const exact = one.exact && other.exact;
  if (choice < 4) return { pattern: one.pattern + other.pattern, empty: one.empty && other.empty, exact };
  if (choice === 4)
    return { pattern: `(${one.pattern}|${other.pattern})`, empty: one.empty || other.empty, exact };
  const count = COUNTS[below(COUNTS.length)];
  return {
    pattern: `(?:${one.pattern})${count}${below(3) ? "" : "?"}`,
    empty: one.empty || /[*?]|0/.test(count),
    exact: one.exact && !one.empty,
  };
}

function randomText(below) {
  return Array.from({ length: below(9) }, () => CHARACTERS[below(CHARACTERS.length)]).join("");
}

/** Where RegExp finds hits that are not empty. */
function expected(pattern, text) {
  const hits = [...text.matchAll(new RegExp(pattern, FLAGS))];
  return hits.filter(([hit]) => hit).map(({ 0: hit, index }) => [index, index + hit.length]);
}

test("it finds what RegExp finds, in thousands of small patterns and texts", () => {
  const below = random(15);
  let compared = 0;
  for (let round = 0; round < 5000; round += 1) {
    const { pattern, exact } = randomPattern(below);
    const regex = new Regex(pattern);
    for (let each = 0; each < 4; each += 1) {
      const text = randomText(below);
      if (pattern.includes("\\B") && text.includes("😀")) continue; // V8 finds a place within such a character
      const said = `/${pattern}/ in ${JSON.stringify(text)}`;
      assert.equal(regex.test(text), new RegExp(pattern, "imu").test(text), said);
      if (!exact) continue;
      assert.deepEqual(regex.ranges(text), expected(pattern, text), said);
      compared += 1;
    }
  }
  assert.ok(compared > 10_000, `only ${compared} with places`);
});

test("it reads all that is said to be supported as RegExp does", () => {
  const texts = [
    "Dome open: 12.5 °C {a} ]\t/x-1\\",
    "a\nab\nabc",
    "aaaa bbb",
    "MRC1 mrc2",
    "K ſ ß ẞ Ω Ω",
    "\b\f\v\0",
  ];
  const patterns = [
    "dome", "12\\.5", "[0-9.]+", "\\u0041", "\\x61b", "\\u{62}+", "^a", "c$", "^$", "a{2,3}?", "a+?b*?", "(a|ab)(c|bcd)?",
    "mrc[12]", "[^\\w\\s]", "[\\d\\-]", "[\\]{}]", "\\/", "\\t|\\f|\\v", "[\\b]", "\\0", "k", "s", "ß", "ω", "a??", "|b", "(?:)",
  ]; // biome-ignore format: a pattern a line is a page
  for (const pattern of patterns)
    for (const text of texts)
      assert.deepEqual(new Regex(pattern).ranges(text), expected(pattern, text), `/${pattern}/ in ${text}`);
});

test("brackets that are not closed or opened stand for themselves where they can mean nothing else", () => {
  assert.deepEqual(new Regex('{"a": [^}]*}]').ranges('x {"A": 1}]'), [[2, 11]]);
  assert.deepEqual(new Regex("a{,2}").ranges("aa{,2}"), [[1, 6]]);
  assert.deepEqual(new Regex("[a-]+[\\d-z]").ranges("a--z"), [[0, 4]]);
});

test("what is wrong or unknown is named, with its place", () => {
  const errors = {
    "a(b": ["this ( is not closed", 1],
    "ab)": ["this ) closes nothing", 2],
    "x[ab": ["this [ is not closed", 1],
    "x[a-": ["this [ is not closed", 1],
    "a[]": ["there is nothing in these [ ]; write \\] for the bracket", 1],
    "*a": ["there is nothing to repeat here", 0],
    "a**": ["there is nothing to repeat here", 2],
    "a|+": ["there is nothing to repeat here", 2],
    "^*": ["there is nothing to repeat here", 1],
    "a{3,2}": ["the numbers in {3,2} are in the wrong order", 1],
    "a{1001}": ["{1001} repeats more than 1,000 times", 1],
    "[z-a]": ["this range is in the wrong order", 1],
    "a\\": ["there is nothing after this \\", 1],
    "a\\q": ["\\q is not known", 1],
    "\\x6": ["\\x needs 2 hexadecimal digits", 0],
    "\\u{110000}": ["\\u needs 4 hexadecimal digits", 0],
    "(a)\\1": ["references to groups are not supported", 3],
    "(?<n>a)\\k<n>": ["only groups ( ) and (?: ) are supported", 0],
    "a(?=b)": ["look-ahead and look-behind are not supported", 1],
    "(?<!a)b": ["look-ahead and look-behind are not supported", 0],
    "(?i)a": ["flags are not supported; upper and lower case are always the same", 0],
    "(?s:a)": ["flags are not supported; upper and lower case are always the same", 0],
  };
  for (const [pattern, [message, position]] of Object.entries(errors))
    assert.throws(() => new Regex(pattern), { message, position }, pattern);
});

test("a pattern that becomes too long is rejected, however it does", () => {
  const message = /too long|too many groups/;
  for (const pattern of [
    "a{1000}",
    "(a{30}){30}",
    "x".repeat(600),
    "(){1000}".repeat(20),
    `${"(".repeat(9000)}a`,
  ])
    assert.throws(() => new Regex(pattern), { message });
  assert.throws(() => new Regex("((((){1000}){1000}){1000}){1000}"), { message });
});

test("patterns that take a RegExp years take as many steps as the text has characters", () => {
  for (const pattern of ["(a+)+$", "(a|a)*b", ".*.*.*x", "(a*)*(a*)*c", "(.*)(.*)(.*)(.*)=1$"]) {
    const [once, twice] = [5000, 10_000].map((length) => {
      const regex = new Regex(pattern);
      assert.deepEqual(regex.ranges(`${"a".repeat(length)}!`), []);
      return regex.work;
    });
    assert.ok(twice < 2.1 * once, `/${pattern}/: ${once}, then ${twice}`);
    assert.ok(twice < 30_000, `/${pattern}/: ${twice}`);
  }
});

test("a pattern with more states than there is room for still takes steps in proportion to the text", () => {
  const below = random(7);
  const pattern = "(a|b)*a(a|b){60}c";
  const [once, twice] = [5000, 10_000].map((length) => {
    const regex = new Regex(pattern);
    const text = Array.from({ length }, () => "ab"[below(2)]).join("");
    for (let round = 0; round < 3; round += 1) assert.equal(regex.test(text), false);
    assert.equal(regex.test(`${text}a${"b".repeat(60)}c`), true);
    return regex.work;
  });
  assert.ok(twice < 2.5 * once, `${once}, then ${twice}`);
});

test("marking the hits ends, too, where each of them needs the rest of the text to be found", () => {
  const regex = new Regex(".*x|a");
  const hits = regex.ranges("a".repeat(10_000));
  assert.deepEqual(hits[0], [0, 1]);
  assert.ok(regex.work < 3_000_000, String(regex.work));
});
