/** The keys of the wall. */

/** @typedef {{form: import("./wall-form.js").WallForm, filter: import("./wall-filter.js").WallFilter}} Parts */

/** @type {{keys: string[], description: string, press: (parts: Parts) => void}[]} */
export const WALL_KEYS = [
  { keys: ["/"], description: "filter the sites", press: ({ filter }) => filter.focus() },
  {
    keys: ["Escape"],
    description: "clear the filter, then leave it",
    press: ({ filter }) => filter.escape(),
  },
  { keys: ["c"], description: "one line per site, or tiles", press: ({ form }) => form.switchCompact() },
  { keys: ["f"], description: "full screen, or not", press: ({ form }) => form.switchFullScreen() },
];
