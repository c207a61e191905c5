/** A file that the browser saves. */

import { compose, FORMATS } from "../data/export.js";

const KEEP_MS = 10_000; // how long the file's URL stays valid: the download may start late

/**
 * @param {string[]} parts of the file, in its format
 * @param {import("../data/export.js").Format} format
 * @param {string} name of the file, without its extension
 */
export function save(parts, format, name) {
  const link = document.createElement("a");
  const file = new Blob(compose(format, parts), { type: `${FORMATS[format].type};charset=utf-8` });
  link.href = URL.createObjectURL(file);
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}
