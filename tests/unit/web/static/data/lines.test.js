import assert from "node:assert/strict";
import { test } from "node:test";

import { Cuts } from "../../../../../userstatus/web/static/data/cuts.js";
import { Lines } from "../../../../../userstatus/web/static/data/lines.js";
import { fromQuery } from "../../../../../userstatus/web/static/data/view-state.js";
import { message } from "../support.js";

/** Lines of days that are a hundred seconds long. */
function linesOf(messages, query = "", cuts = new Cuts()) {
  const lines = new Lines(fromQuery(query), (timestamp) => `day ${Math.floor(timestamp / 100)}`, cuts);
  for (const each of messages) lines.add(each);
  return lines;
}

function ids(lines) {
  return lines.items.map(({ messages }) => messages.map(({ id }) => id));
}

test("identical neighbours are folded into one line", () => {
  const texts = ["same", "same", "other", "same"];
  const lines = linesOf(texts.map((text, index) => message(index, { message: text })));
  assert.deepEqual(ids(lines), [[0, 1], [2], [3]]);
});

test("the same text of another site or level is a line of its own", () => {
  const same = { message: "same" };
  const others = [{}, { site: "mrc1" }, { site: "mrc1", log_level: "error" }];
  const lines = linesOf(others.map((other, index) => message(index, { ...same, ...other })));
  assert.equal(lines.items.length, 3);
});

test("the first line of a day names it, and nothing is folded across days", () => {
  const lines = linesOf([98, 99, 100].map((timestamp) => message(timestamp, { message: "same" })));
  assert.deepEqual(ids(lines), [[98, 99], [100]]);
  assert.deepEqual(
    lines.items.map(({ day }) => day),
    ["day 0", "day 1"],
  );
});

test("nothing is folded across a gap", () => {
  const lines = linesOf([message(1, { message: "same" }), message(2, { message: "same", gap: true })]);
  assert.deepEqual(
    lines.items.map(({ gap }) => gap),
    [false, true],
  );
});

test("a gap before a message that is not shown is shown before the next one that is", () => {
  const lines = linesOf(
    [message(1), message(2, { log_level: "debug", gap: true }), message(3), message(4)],
    "?levels=info",
  );
  assert.deepEqual(
    lines.items.map(({ gap }) => gap),
    [false, true, false],
  );
});

test("only the chosen levels are shown", () => {
  const lines = linesOf([message(1), message(2, { log_level: "error" })], "?levels=error");
  assert.deepEqual(ids(lines), [[2]]);
});

test("a search finds exactly the text that was typed, ignoring case", () => {
  const texts = ["Dome (1)", "DOME (1) again", "dome 1", "x"];
  const lines = linesOf(
    texts.map((text, index) => message(index, { message: text })),
    "?search=dome (1)",
  );
  assert.deepEqual(ids(lines), [[0], [1]]);
  assert.equal(lines.matches(message(5, { message: "dome (1)" })), true);
  assert.equal(lines.matches(message(5, { message: "dome 1" })), false);
});

test("adding a message returns the line that it is part of, if it is shown", () => {
  const lines = linesOf([message(1, { message: "same" })], "?levels=info");
  assert.equal(lines.add(message(2, { message: "same" }), true), lines.items[0]);
  assert.equal(lines.items[0].fresh, true);
  assert.equal(lines.add(message(3, { log_level: "debug" })), undefined);
  const last = lines.add(message(4));
  assert.deepEqual(lines.items.slice(1), [last]);
  const line = { messages: [message(4)], day: null, gap: false, cuts: [], fresh: false, height: 0 };
  assert.deepEqual(last, line);
});

/** The connection is lost after message 1 and comes back after message 2. */
function cut() {
  const cuts = new Cuts();
  cuts.pass(1, 100);
  cuts.lose(100);
  cuts.pass(2, 160);
  cuts.end(160);
  cuts.pass(3, 170);
  return cuts;
}

function kinds(cuts) {
  return cuts.map(({ kind }) => kind);
}

test("nothing is folded across a cut of the connection", () => {
  const lines = linesOf(
    [1, 2, 3, 4].map((id) => message(id, { message: "same" })),
    "",
    cut(),
  );
  assert.deepEqual(ids(lines), [[1], [2], [3, 4]]);
  assert.deepEqual(
    lines.items.map(({ cuts }) => kinds(cuts)),
    [[], ["lost"], ["back"]],
  );
});

test("a cut before messages that are not shown is shown before the next one that is", () => {
  const some = [1, 2, 3].map((id) => message(id, { log_level: id === 2 ? "info" : "error" }));
  const lines = linesOf(some, "?levels=error", cut());
  assert.deepEqual(
    lines.items.map(({ cuts }) => kinds(cuts)),
    [[], ["lost", "back"]],
  );
});

test("a cut after the last message that is shown is known as well", () => {
  const some = [1, 2, 3].map((id) => message(id, { log_level: id === 1 ? "error" : "info" }));
  assert.deepEqual(kinds(linesOf(some, "?levels=error", cut()).lastCuts), ["lost", "back"]);
});

test("notices are not folded, nor what was of another level before a rule changed it", () => {
  const same = { message: "same", log_level: "warning" };
  const changed = { ...same, original_level: "info" };
  const notice = { ...same, notice: { kind: "silence" } };
  const messages = [same, changed, changed, notice, notice, same];
  const lines = linesOf(messages.map((fields, index) => message(index, fields)));
  assert.deepEqual(ids(lines), [[0], [1, 2], [3], [4], [5]]);
});

test("a search finds the messages of a site by its name", () => {
  const view = fromQuery("?search=mcdonald");
  const lines = new Lines(view, String, undefined, (code) => (code === "mrc1" ? "McDonald 1" : ""));
  assert.equal(lines.matches(message(1, { site: "mrc1" })), true);
  assert.equal(lines.matches(message(1, { site: "saf" })), false);
});
