/** A line of the log view as an element. */

import { now } from "../data/clock.js";
import { lateness } from "../data/lateness.js";
import { changeOf, SYMBOLS } from "../data/levels.js";
import { SIGNS, WORDS } from "../data/notices.js";
import { withName } from "../data/site-names.js";
import { folded, tidied } from "../data/text.js";
import { dividers } from "./divider.js";
import { element } from "./element.js";
import { lineActions } from "./line-actions.js";
import { textElement } from "./text.js";

/** @typedef {import("../data/lines.js").Line} Line */
/** @typedef {import("../data/feed.js").Message} Message */

const ONLY = "Press to show only this, and again to show all";
const OLD_S = 1800; // after which a line that needs no attention is shown in grey

/**
 * `search` is what is searched for, `filtered` is whether there are messages that are not shown, `named` is the id of the
 * message that the page's URL names, `current` of the one that the viewer has gone to; `address` is the URL of a message; `unfolded` are the lines whose text or times the viewer has unfolded, such as `text 17`.
 * @typedef {object} Options
 * @property {import("../data/clock.js").Clock} clock
 * @property {import("../data/search.js").Search} search
 * @property {boolean} filtered
 * @property {number | null} named
 * @property {number} current
 * @property {import("../data/known-sites.js").KnownSites} sites
 * @property {(message: Message) => string} address
 * @property {Set<string>} unfolded
 */

/** @param {Line} line @param {Options} options @returns {HTMLElement} */
export function row(line, options) {
  const [first] = line.messages;
  const newest = line.messages[line.messages.length - 1];
  const made = element("div", {
    role: "listitem",
    tabindex: -1,
    class: `line ${first.log_level}`,
    "data-id": first.id,
    "data-time": newest.received_at,
  });
  updateAge(made);
  made.classList.toggle("fresh", line.fresh);
  line.fresh = false;
  const has = (/** @type {number | null} */ wanted) => line.messages.some(({ id }) => id === wanted);
  made.classList.toggle("named", has(options.named));
  made.classList.toggle("current", has(options.current));
  if (has(options.current)) made.setAttribute("aria-current", "true");
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
function content(line, options) {
  const { clock, sites } = options;
  const [first] = line.messages;
  const newest = line.messages[line.messages.length - 1];
  const site = siteElement(first.site, options);
  const said = element("span", { class: "said" }, ...text(first, options), ...repeats(line, options));
  const late = lateMark(newest, options);
  return element(
    "div",
    { class: first.notice ? `row notice ${first.notice.kind}` : "row" },
    element("time", { class: "time" }, clock.time(newest.timestamp)),
    " ",
    first.notice ? noticeElement(first.notice) : levelElement(first),
    " ",
    ...(sites.several ? [site, " "] : []),
    ...(late ? [late, " "] : []),
    said,
    lineActions(first, options),
  );
}

/** The level, and whether a rule has changed it. @param {Message} message */
function levelElement(message) {
  const { log_level: level } = message;
  const change = changeOf(message);
  const attributes = {
    class: "level",
    role: "img",
    "aria-label": change ? `${level}: ${change.long}` : level,
  };
  const made = element("span", { ...attributes, title: change ? `${change.long}. ${ONLY}` : ONLY });
  made.append(SYMBOLS[level], ...(change ? [element("span", { class: "change" }, change.sign)] : []));
  return made;
}

/** What kind of notice it is. @param {import("../data/notices.js").Notice} notice */
function noticeElement({ kind }) {
  const words = `notice: ${WORDS[kind]}`;
  return element("span", { class: "sign", role: "img", "aria-label": words, title: words }, SIGNS[kind]);
}

/** @param {string} site @param {Options} options */
function siteElement(site, { search, sites }) {
  const name = sites.nameOf(site);
  const made = element("span", { class: "site", title: `${withName(site, name)}. ${ONLY}` });
  if (search.ranges(name).length) {
    made.append(element("mark", {}, site)); // what was found is its name
    return made;
  }
  let from = 0;
  for (const [start, end] of search.ranges(site)) {
    made.append(site.slice(from, start), element("mark", {}, site.slice(start, end)));
    from = end;
  }
  made.append(site.slice(from));
  return made;
}

/** @param {Message} message @param {Options} options @returns {(Node | string)[]} */
function text({ id, message }, { search, unfolded }) {
  const { plain } = tidied(message);
  const fold = folded(plain);
  if (!fold) return [textElement(message, search)];
  const found = search.ranges(plain).length > 0;
  const open = found || unfolded.has(`text ${id}`);
  const words = open ? `− ${fold.hidden}` : `+ ${fold.hidden}`;
  const label = `${open ? "Hide" : "Show"} the other ${fold.hidden} of line ${id}`;
  const attributes = { type: "button", value: "unfold", tabindex: -1, "aria-expanded": String(open) };
  const button = element("button", { ...attributes, "aria-label": label }, words);
  // What is found in a text stays visible.
  return [textElement(message, search, open ? null : fold), ...(found ? [] : [" ", button])];
}

/** How often the message was repeated, and when. @param {Line} line @param {Options} options @returns {(Node | string)[]} */
function repeats({ messages }, { clock, unfolded }) {
  const [first] = messages;
  if (messages.length < 2) return [];
  const open = unfolded.has(`times ${first.id}`);
  const words = `×${messages.length.toLocaleString("en")} since ${clock.time(first.timestamp)}`;
  const attributes = { type: "button", value: "times", tabindex: -1, "aria-expanded": String(open) };
  const label = `${words}: ${open ? "hide" : "show"} every time of line ${first.id}`;
  const button = element("button", { ...attributes, class: "count", "aria-label": label }, words);
  if (!open) return [" ", button];
  const times = messages.map(({ timestamp }) => clock.time(timestamp)).join("  ");
  return [" ", button, element("p", { class: "every-time" }, times)];
}

/** That the clock is wrong, or that the message came late. @param {Message} message @param {Options} options */
function lateMark(message, { clock, sites }) {
  const late = lateness(message, sites.clockErrorOf(message));
  if (!late) return null;
  const [sent, received] = [clock.moment(message.timestamp), clock.moment(message.received_at)];
  const words = `Sent ${sent} by the telescope's clock, received ${received}`;
  const isClock = late === "clock";
  const attributes = { class: isClock ? "late clock" : "late", title: words, role: "img" };
  return element("span", { ...attributes, "aria-label": words }, isClock ? "clock" : late);
}
