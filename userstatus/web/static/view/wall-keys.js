/** The keys of the wall. */

/** @typedef {{form: import("./wall-form.js").WallForm, filter: import("./wall-filter.js").WallFilter}} Parts */

/** @type {import("./keys.js").Row<Parts>[]} */
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
