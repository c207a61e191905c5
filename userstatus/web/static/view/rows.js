/** A line of the log view as an element. */

import { now } from "../data/clock.js";
import { SYMBOLS } from "../data/levels.js";
import { dividers } from "./divider.js";
import { element } from "./element.js";

/** @typedef {import("../data/lines.js").Line} Line */

const OLD_S = 1800; // after which a line is shown in grey

/**
 * `pattern` is what is searched for, `named` is the id of the message that the page's URL names.
 * @typedef {{clock: import("../data/clock.js").Clock, severalSites: boolean, pattern: RegExp | null, named: number | null}} Options
 */

/** @param {Line} line @param {Options} options @returns {HTMLElement} */
export function row(line, options) {
  const [first] = line.messages;
  const newest = line.messages[line.messages.length - 1];
  const made = element("div", {
    role: "listitem",
    class: `line ${first.log_level}`,
    "data-id": first.id,
    "data-time": newest.timestamp,
  });
  updateAge(made);
  made.classList.toggle("fresh", line.fresh);
  line.fresh = false;
  const named = line.messages.some(({ id }) => id === options.named);
  made.classList.toggle("named", named);
  if (line.gap) made.append(element("p", { class: "gap" }, "What came here has expired, and is not shown."));
  made.append(...dividers(line.cuts, options.clock));
  if (line.day) made.append(element("h2", { class: "day" }, line.day));
  made.append(content(line, options));
  return made;
}

/** Grey a row that has become old. @param {HTMLElement} made by `row` */
export function updateAge(made) {
  made.classList.toggle("old", now() - Number(made.dataset.time) > OLD_S);
}

/** @param {Line} line @param {Options} options */
function content({ messages }, { clock, severalSites, pattern }) {
  const [first] = messages;
  const newest = messages[messages.length - 1];
  const text = element("span", { class: "text" });
  appendMarked(text, first.message, pattern);
  const said = element("span", { class: "said" }, text);
  if (messages.length > 1) {
    const count = `×${messages.length} since ${clock.time(first.timestamp)}`;
    said.append(" ", element("span", { class: "count" }, count));
  }
  return element(
    "div",
    { class: "row" },
    element("time", { class: "time" }, clock.time(newest.timestamp)),
    " ",
    element("span", { class: "level", role: "img", "aria-label": first.log_level }, SYMBOLS[first.log_level]),
    " ",
    ...(severalSites ? [element("span", { class: "site" }, first.site), " "] : []),
    said,
    element(
      "span",
      { class: "actions" },
      element("button", { type: "button", value: "text" }, "copy"),
      element("button", { type: "button", value: "link" }, "link"),
    ),
  );
}

/** Append a text, with what is searched for marked. @param {HTMLElement} parent @param {string} text @param {RegExp | null} pattern */
function appendMarked(parent, text, pattern) {
  let from = 0;
  for (const { 0: found, index } of pattern ? text.matchAll(pattern) : []) {
    parent.append(text.slice(from, index), element("mark", {}, found));
    from = index + found.length;
  }
  parent.append(text.slice(from));
}
