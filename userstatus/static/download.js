/** What a viewer sees, as a file. */

/** @typedef {import("./feed.js").Message} Message */

/** @param {Message} message */
const utc = ({ timestamp }) =>
  Math.abs(timestamp) <= 8.64e12 ? new Date(timestamp * 1000).toISOString().replace(".000", "") : String(timestamp);

/** A field of CSV (RFC 4180); what a spreadsheet would take for a formula gets a quote before it. @param {string} text */
const field = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** @type {Record<string, {type: string, write: (messages: Message[]) => string}>} */
export const FORMATS = {
  txt: {
    type: "text/plain",
    write: (messages) => messages.map(asText).join("\n") + "\n",
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
export function asText(message) {
  return `${utc(message)} ${message.site} ${message.log_level.toUpperCase()} ${message.message}`;
}

/** @param {Message} message */
function asRow(message) {
  return [message.id, utc(message), message.site, message.log_level, field(message.message)].join(",");
}

/** @param {Message[]} messages @param {string} format @param {string} name of the file, without its end */
export function save(messages, format, name) {
  const { type, write } = FORMATS[format];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([write(messages)], { type: `${type};charset=utf-8` }));
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
