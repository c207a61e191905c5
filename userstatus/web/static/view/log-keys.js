/** What keys do in a log view. */

import { LINE_KEYS } from "./line-keys.js";

/** @typedef {{toolbar: import("./toolbar.js").Toolbar, list: import("./message-list.js").MessageList, matches: import("./matches.js").Matches, navigation: import("./navigation.js").Navigation, timeField: import("./time-field.js").TimeField}} Parts */

const LINE_PX = 40; // as far as a browser scrolls on an arrow key
const SAME_SHARE = 0.1; // of a page that remains visible when the next one is shown

/** @type {import("./keys.js").Row<Parts>[]} */
export const LOG_KEYS = [
  { keys: ["ArrowUp"], description: "up", press: ({ list }) => list.scrollBy(-LINE_PX) },
  { keys: ["ArrowDown"], description: "down", press: ({ list }) => list.scrollBy(LINE_PX) },
  {
    keys: ["PageUp", "Shift+Space"],
    description: "a page up",
    press: ({ list }) => list.scrollBy(-list.pageHeight * (1 - SAME_SHARE)),
  },
  {
    keys: ["PageDown", "Space"],
    description: "a page down",
    press: ({ list }) => list.scrollBy(list.pageHeight * (1 - SAME_SHARE)),
  },
  { keys: ["Home"], description: "first message", press: ({ navigation }) => navigation.first() },
  { keys: ["End"], description: "newest message", press: ({ navigation }) => navigation.newest() },
  {
    keys: ["f"],
    description: "follow the newest, or stay here",
    press: ({ list, navigation }) => (list.following ? list.follow(false) : navigation.newest()),
  },
  { keys: ["/"], description: "search", press: ({ toolbar }) => toolbar.searchBox.focus() },
  { keys: ["g"], description: "go to a time", press: ({ timeField }) => timeField.focus() },
  { keys: ["n"], description: "next hit", press: ({ matches }) => matches.step(1) },
  { keys: ["N"], description: "previous hit", press: ({ matches }) => matches.step(-1) },
  { keys: ["e"], description: "next error", press: ({ matches }) => matches.stepError(1) },
  { keys: ["E"], description: "previous error", press: ({ matches }) => matches.stepError(-1) },
  { keys: ["Escape"], description: "back to the lines", press: ({ list }) => list.focus() },
  { keys: ["t"], description: "UTC or local time", press: ({ toolbar }) => toolbar.switchZone() },
  ...LINE_KEYS.map(({ key, description }) => ({ keys: [key], description })),
];
