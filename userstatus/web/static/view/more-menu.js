/** The menu for what is needed less often, and the list of keys. */

import { element } from "./element.js";
import { KEYS } from "./keys.js";

/** @param {...HTMLElement} parts @returns {HTMLElement} the menu with these parts in it */
export function moreMenu(...parts) {
  const summary = element("summary", {}, "More");
  return element("details", { class: "more" }, summary, element("div", {}, ...parts, keys()));
}

function keys() {
  const described = Object.entries(KEYS).flatMap(([key, { description }]) => [
    element("dt", {}, element("kbd", {}, key)),
    element("dd", {}, description),
  ]);
  return element("dl", { class: "keys" }, ...described);
}
