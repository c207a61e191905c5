/** The addresses in a text that lead to other pages. */

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u202a-\u202e\u2066-\u2069]+/giu;
const AFTER = /[.,;:!?*…]/u; // does not belong to an address at its end
const OPENING = { ")": "(", "]": "[", "}": "{" };

/** @param {string} text @returns {[start: number, end: number][]} where they are, from left to right */
export function links(text) {
  if (!text.includes("://")) return [];
  return [...text.matchAll(ADDRESS)].flatMap(({ 0: found, index }) => {
    const length = lengthOf(found);
    return URL.canParse(found.slice(0, length)) ? [[index, index + length]] : [];
  });
}

/** Without the punctuation that follows, and without closing brackets that were opened before it. @param {string} found */
function lengthOf(found) {
  /** @type {Record<string, number>} */
  const open = {};
  for (const character of found) open[character] = (open[character] ?? 0) + 1;
  let length = found.length;
  for (; length > 0; length -= 1) {
    const last = found[length - 1];
    const opening = OPENING[/** @type {keyof typeof OPENING} */ (last)];
    const unbalanced = opening && open[last] > (open[opening] ?? 0);
    if (!unbalanced && !AFTER.test(last)) break;
    open[last] -= 1;
  }
  return length;
}
