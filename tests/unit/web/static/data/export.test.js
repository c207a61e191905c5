import assert from "node:assert/strict";
import { test } from "node:test";

import { asText, FORMATS } from "../../../../../userstatus/web/static/data/export.js";
import { message } from "../support.js";

const DOME = message(7, { message: "Dome open", timestamp: 1604514063, log_level: "warning" });

function csvField(text) {
  const [, row] = FORMATS.csv.write([message(1, { message: text, timestamp: 0 })]).split(/(?<=message)\r\n/);
  return row.slice("1,1970-01-01T00:00:00Z,tst,info,".length, -2);
}

test("a message as text has its time, site and level", () => {
  assert.equal(asText(DOME), "2020-11-04T18:21:03Z tst WARNING Dome open");
});

test("a text file has a line for each message, and keeps line breaks", () => {
  const two = [DOME, message(8, { message: "a\nb", timestamp: 0 })];
  assert.equal(FORMATS.txt.write(two), `${asText(DOME)}\n1970-01-01T00:00:00Z tst INFO a\nb\n`);
});

test("a CSV file has a header, and line endings as in RFC 4180", () => {
  assert.equal(
    FORMATS.csv.write([DOME]),
    'id,time,site,level,message\r\n7,2020-11-04T18:21:03Z,tst,warning,"Dome open"\r\n',
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
  assert.deepEqual(JSON.parse(FORMATS.json.write([DOME])), [DOME]);
});

test("each format has its media type", () => {
  const types = Object.values(FORMATS).map(({ type }) => type);
  assert.deepEqual(types, ["text/plain", "text/csv", "application/json"]);
});

test("without messages, a file is empty in its format", () => {
  const empty = Object.values(FORMATS).map(({ write }) => write([]));
  assert.deepEqual(empty, ["", "id,time,site,level,message\r\n", "[]\n"]);
});
