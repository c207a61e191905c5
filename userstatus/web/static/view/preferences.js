/** What a viewer has chosen, as this browser remembers it: it survives a reload, and holds for the next page as well. */

const PREFIX = "userstatus.";

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // This browser forbids storage: the choice holds for this page only.
  }
}

/** @param {string} key @returns {string | null} what was remembered last, if anything */
export function recall(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null; // this browser forbids storage
  }
}
