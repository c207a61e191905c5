import assert from "node:assert/strict";
import { test } from "node:test";

import { asText, compose, FORMATS } from "../../../../../userstatus/web/static/data/export.js";
import { message } from "../support.js";

const DOME = message(7, {
  message: "Dome open",
  timestamp: 1604514063,
  received_at: 1604514065.2,
  log_level: "warning",
});

/** What a file of this format holds. */
function file(format, ...pages) {
  return compose(
    format,
    pages.map((messages) => FORMATS[format].write(messages)),
  ).join("");
}

function csvField(text) {
  const row = FORMATS.csv.write([message(1, { message: text, timestamp: 0, received_at: 0 })]);
  return row.slice("1,1970-01-01T00:00:00Z,tst,info,".length, -",1970-01-01T00:00:00Z\r\n".length);
}

test("a message as text has its time, site and level", () => {
  assert.equal(asText(DOME), "2020-11-04T18:21:03Z WARNING tst Dome open");
});

test("a message as text may have its time written differently", () => {
  assert.equal(asText(DOME, "18:21"), "18:21 WARNING tst Dome open");
});

test("a text file has a line for each message, and keeps line breaks", () => {
  const two = [DOME, message(8, { message: "a\nb", timestamp: 0 })];
  assert.equal(file("txt", two), `${asText(DOME)}\n1970-01-01T00:00:00Z INFO tst a\nb\n`);
});

test("a text file has messages as they are read, CSV and JSON files have them as they were posted", () => {
  const red = message(9, { message: "\n\u001b[31mred\u001b[0m\n\n", timestamp: 0 });
  assert.equal(file("txt", [red]), "1970-01-01T00:00:00Z INFO tst red\n");
  assert.ok(file("csv", [red]).includes(`"${red.message}"`));
  assert.deepEqual(JSON.parse(file("json", [red])), [red]);
});

test("a CSV file has a header, and line endings as in RFC 4180", () => {
  assert.equal(
    file("csv", [DOME]),
    "id,time,site,level,message,received\r\n" +
      '7,2020-11-04T18:21:03Z,tst,warning,"Dome open",2020-11-04T18:21:05Z\r\n',
  );
});

test("quotes are doubled in a CSV field", () => {
  assert.equal(csvField('say "hi", twice'), '"say ""hi"", twice"');
});

test("no spreadsheet runs a message as a formula", () => {
  for (const first of ["=", "+", "-", "@", "\t", "\r"]) assert.equal(csvField(`${first}1`), `"'${first}1"`);
  assert.equal(csvField("1=1"), '"1=1"');
});

test("a JSON file has the messages as they are", () => {
  assert.deepEqual(JSON.parse(file("json", [DOME])), [DOME]);
});

test("a file that is made of parts is the same as one that is not", () => {
  const messages = [1, 2, 3].map((id) => message(id));
  for (const format of Object.keys(FORMATS))
    assert.equal(file(format, messages.slice(0, 2), [], messages.slice(2), []), file(format, messages));
});

test("each format has its media type", () => {
  const types = Object.values(FORMATS).map(({ type }) => type);
  assert.deepEqual(types, ["text/plain", "text/csv", "application/json"]);
});

test("without messages, a file is empty in its format", () => {
  assert.equal(file("txt"), "");
  assert.equal(file("csv", []), "id,time,site,level,message,received\r\n");
  assert.deepEqual(JSON.parse(file("json", [])), []);
});
