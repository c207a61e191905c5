/** Messages as text, to be copied, or saved as a file that is made of parts. */

import { iso } from "./clock.js";
import { tidied } from "./text.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {"txt" | "csv" | "json"} Format */

/**
 * `write` makes a part of the file; between two parts comes the `separator`, around all of them `begin` and `end`.
 * @type {Record<Format, {type: string, begin: string, write: (messages: Message[]) => string, separator: string, end: string}>}
 */
export const FORMATS = {
  txt: {
    type: "text/plain",
    begin: "",
    write: (messages) => messages.map((message) => `${asText(message)}\n`).join(""),
    separator: "",
    end: "",
  },
  csv: {
    type: "text/csv",
    begin: "id,time,site,level,message,received\r\n",
    write: (messages) => messages.map((message) => `${asRow(message)}\r\n`).join(""),
    separator: "",
    end: "",
  },
  json: {
    type: "application/json",
    begin: "[\n",
    write: (messages) => messages.map((message) => JSON.stringify(message)).join(",\n"),
    separator: ",\n",
    end: "\n]\n",
  },
};

/**
 * A file that is made of parts.
 * @param {Format} format
 * @param {string[]} parts each of them written by `write` of the format
 * @returns {string[]} that make the file when they are joined; together they may be longer than a string can be
 */
export function compose(format, parts) {
  const { begin, separator, end } = FORMATS[format];
  const filled = parts.filter((part) => part !== "");
  return [begin, ...filled.flatMap((part, index) => (index ? [separator, part] : [part])), end];
}

/** A message as people read it: without the codes for colours. @param {Message} message @param {string} [time] as written */
export function asText({ timestamp, site, log_level, message }, time = iso(timestamp)) {
  return `${time} ${log_level.toUpperCase()} ${site} ${tidied(message).plain}`;
}

/** @param {Message} message */
function asRow({ id, timestamp, site, log_level, message, received_at }) {
  return [id, iso(timestamp), site, log_level, field(message), iso(received_at)].join(",");
}

/** A CSV field (RFC 4180). A leading quote keeps spreadsheets from running the text as a formula. @param {string} text */
function field(text) {
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
