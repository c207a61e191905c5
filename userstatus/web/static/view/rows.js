/** A line of the log view as an element. */

import { now } from "../data/clock.js";
import { SYMBOLS } from "../data/levels.js";
import { dividers } from "./divider.js";
import { element } from "./element.js";

/** @typedef {import("../data/lines.js").Line} Line */

const ONLY = "Press to show only this, and again to show all";
const OLD_S = 1800; // after which a line is shown in grey

/**
 * `search` is what is searched for, `filtered` is whether there are messages that are not shown, `named` is the id of the
 * message that the page's URL names.
 * @typedef {object} Options
 * @property {import("../data/clock.js").Clock} clock
 * @property {boolean} severalSites
 * @property {import("../data/search.js").Search} search
 * @property {boolean} filtered
 * @property {number | null} named
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
function content({ messages }, { clock, severalSites, search, filtered }) {
  const [first] = messages;
  const newest = messages[messages.length - 1];
  const text = element("span", { class: "text" });
  appendMarked(text, first.message, search);
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
    element(
      "span",
      { class: "level", role: "img", "aria-label": first.log_level, title: ONLY },
      SYMBOLS[first.log_level],
    ),
    " ",
    ...(severalSites ? [element("span", { class: "site", title: ONLY }, first.site), " "] : []),
    said,
    element(
      "span",
      { class: "actions" },
      element("button", { type: "button", value: "text" }, "copy"),
      element("button", { type: "button", value: "link" }, "link"),
      ...(severalSites ? [element("button", { type: "button", value: "site" }, "only this site")] : []),
      ...(filtered ? [element("button", { type: "button", value: "context" }, "show in context")] : []),
    ),
  );
}

/**
 * Append a text, with what is searched for marked.
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {import("../data/search.js").Search} search
 */
function appendMarked(parent, text, search) {
  let from = 0;
  for (const [start, end] of search.ranges(text)) {
    parent.append(text.slice(from, start), element("mark", {}, text.slice(start, end)));
    from = end;
  }
  parent.append(text.slice(from));
}
