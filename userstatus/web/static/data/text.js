/** What the texts of messages say. */

/** @param {string} text @returns {string} the line that says most: the last one of a traceback, otherwise the first */
export function tellingLine(text) {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const traceback = lines.some((line) => line.startsWith("Traceback (most recent call last)"));
  return lines.at(traceback ? -1 : 0) ?? "";
}
