/** The filter of the wall. */

/**
 * @param {string} filter what the viewer is looking for
 * @param {string[]} texts what a tile shows
 * @returns {boolean} whether every word of the filter is in one of the texts, ignoring case
 */
export function matches(filter, texts) {
  const shown = texts.join("\n").toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => shown.includes(word));
}
