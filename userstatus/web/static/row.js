/** A line of the tail as an element. */

import { now } from "./clock.js";
import { element } from "./element.js";
import { SIGNS } from "./levels.js";

/** @typedef {import("./lines.js").Line} Line */

const OLD = 1800; // seconds after which a line is greyed

/**
 * `pattern` is what is searched for, `named` the id of the message that the page's URL names.
 * @typedef {{clock: import("./clock.js").Clock, several: boolean, pattern: RegExp | null, named: number | null}} Look
 */

/** @param {Line} line @param {Look} look @returns {HTMLElement} */
export function row(line, { clock, several, pattern, named }) {
  const first = line.messages[0];
  const newest = line.messages[line.messages.length - 1];
  const times = line.messages.length;
  const made = element("div", {
    role: "listitem",
    class: `line ${first.log_level}`,
    "data-id": first.id,
    "data-time": newest.timestamp,
  });
  age(made);
  made.classList.toggle("fresh", line.fresh);
  line.fresh = false;
  made.classList.toggle(
    "named",
    line.messages.some(({ id }) => id === named),
  );
  if (line.gap) made.append(element("p", { class: "gap" }, "What came here has expired, and is not shown."));
  if (line.day) made.append(element("h2", { class: "day" }, line.day));
  const text = element("span", { class: "text" });
  mark(text, first.message, pattern);
  const said = element("span", { class: "said" }, text);
  if (times > 1)
    said.append(" ", element("span", { class: "count" }, `×${times} since ${clock.time(first.timestamp)}`));
  made.append(
    element(
      "div",
      { class: "row" },
      element("time", { class: "time" }, clock.time(newest.timestamp)),
      " ",
      element("span", { class: "level", role: "img", "aria-label": first.log_level }, SIGNS[first.log_level]),
      " ",
      ...(several ? [element("span", { class: "site" }, first.site), " "] : []),
      said,
      element(
        "span",
        { class: "actions" },
        element("button", { type: "button", value: "text" }, "copy"),
        element("button", { type: "button", value: "link" }, "link"),
      ),
    ),
  );
  return made;
}

/** Grey a row that has become old. @param {HTMLElement} made by `row` */
export function age(made) {
  made.classList.toggle("old", now() - Number(made.dataset.time) > OLD);
}

/** Put a text into an element, with what was searched for marked. @param {HTMLElement} into @param {string} text @param {RegExp | null} pattern */
function mark(into, text, pattern) {
  let from = 0;
  for (const { 0: found, index } of pattern ? text.matchAll(pattern) : []) {
    into.append(text.slice(from, index), element("mark", {}, found));
    from = index + found.length;
  }
  into.append(text.slice(from));
}
