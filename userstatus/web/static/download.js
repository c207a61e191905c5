/** What a viewer sees, as a file. */

import { iso } from "./clock.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {"txt" | "csv" | "json"} Format */

/** @type {Record<Format, {type: string, write: (messages: Message[]) => string}>} */
export const FORMATS = {
  txt: {
    type: "text/plain",
    write: (messages) => messages.map((message) => `${asText(message)}\n`).join(""),
  },
  csv: {
    type: "text/csv",
    write: (messages) =>
      ["id,time,site,level,message", ...messages.map(asRow)].map((row) => `${row}\r\n`).join(""),
  },
  json: {
    type: "application/json",
    write: (messages) => `${JSON.stringify(messages, null, 1)}\n`,
  },
};

/** @param {Message} message */
export function asText({ timestamp, site, log_level, message }) {
  return `${iso(timestamp)} ${site} ${log_level.toUpperCase()} ${message}`;
}

/** @param {Message[]} messages @param {Format} format @param {string} name of the file, without its end */
export function save(messages, format, name) {
  const { type, write } = FORMATS[format];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([write(messages)], { type: `${type};charset=utf-8` }));
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {Message} message */
function asRow({ id, timestamp, site, log_level, message }) {
  return [id, iso(timestamp), site, log_level, field(message)].join(",");
}

/** A field of CSV (RFC 4180); what a spreadsheet would take for a formula gets a quote before it. @param {string} text */
function field(text) {
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
