/** Messages as text, to be copied or saved. */

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

/** @param {Message} message */
function asRow({ id, timestamp, site, log_level, message }) {
  return [id, iso(timestamp), site, log_level, field(message)].join(",");
}

/** A CSV field (RFC 4180). A leading quote keeps spreadsheets from running the text as a formula. @param {string} text */
function field(text) {
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
