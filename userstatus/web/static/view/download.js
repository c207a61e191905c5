/** Messages as a file that the browser saves. */

import { FORMATS } from "../data/export.js";

const KEEP_MS = 10_000; // how long the file's URL stays valid: the download may start late

/**
 * @param {import("../data/feed.js").Message[]} messages
 * @param {import("../data/export.js").Format} format
 * @param {string} name of the file, without its extension
 */
export function save(messages, format, name) {
  const { type, write } = FORMATS[format];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([write(messages)], { type: `${type};charset=utf-8` }));
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}
