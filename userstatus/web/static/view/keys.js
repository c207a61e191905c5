/** What keys do in a log view. */

/** @typedef {{toolbar: import("./toolbar.js").Toolbar, list: import("./message-list.js").MessageList, matches: import("./matches.js").Matches}} Parts */

/**
 * In the search box, keys are text; only Escape leads out of it.
 * @type {Record<string, {description: string, press?: (parts: Parts) => void}>}
 */
export const KEYS = {
  "/": { description: "search", press: ({ toolbar }) => toolbar.searchBox.focus() },
  n: { description: "next hit", press: ({ matches }) => matches.step(1) },
  N: { description: "previous hit", press: ({ matches }) => matches.step(-1) },
  e: { description: "next error", press: ({ matches }) => matches.stepError(1) },
  E: { description: "previous error", press: ({ matches }) => matches.stepError(-1) },
  Home: { description: "oldest", press: ({ list }) => list.showFirst() },
  End: { description: "newest", press: ({ list }) => list.follow(true) },
  f: { description: "follow or stay", press: ({ list }) => list.follow(!list.following) },
  t: { description: "time zone", press: ({ toolbar }) => toolbar.switchZone() },
  Escape: { description: "back to the lines" },
};

/** @param {KeyboardEvent} event @param {Parts} parts */
export function press(event, parts) {
  // The histogram has keys of its own.
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const [target] = event.composedPath();
  if (target instanceof HTMLInputElement && target.type === "search") {
    if (event.key === "Escape") parts.list.focus();
    return;
  }
  if (!Object.hasOwn(KEYS, event.key)) return;
  const { press } = KEYS[event.key];
  if (!press) return;
  press(parts);
  event.preventDefault();
}
