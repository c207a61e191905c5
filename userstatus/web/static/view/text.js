/** The text of a message in the document: always as text, never as HTML. */

import { tidied } from "../data/text.js";
import { element } from "./element.js";

/** @typedef {[start: number, end: number, ...unknown[]]} Range */

/**
 * Its characters for other directions of writing turn nothing outside of it.
 * @param {string} text as it was posted
 * @param {import("../data/search.js").Search} search whose hits are marked
 * @param {import("../data/text.js").Fold | null} [fold] what of it is shown; all of it by default
 */
export function textElement(text, search, fold) {
  const { plain, styles, links } = tidied(text);
  const marks = search.ranges(plain);
  const made = element("bdi", { class: "text" });
  const { start: first, end: last } = fold ?? { start: 0, end: plain.length };
  const more = fold?.cut ? "…" : "";
  if (!styles.length && !links.length && !marks.length) {
    made.append(plain.slice(first, last) + more);
    return made;
  }
  const [style, link, mark] = [follower(styles), follower(links), follower(marks)];
  let parent = /** @type {HTMLElement} */ (made);
  let [address] = links.slice(0, 0);
  for (const [start, end] of parts(first, last, [...styles, ...links, ...marks])) {
    const within = link(start);
    if (within !== address) {
      parent = within ? linkTo(plain.slice(within[0], within[1])) : made;
      if (within) made.append(parent);
    }
    address = /** @type {[number, number]} */ (within);
    const part = plain.slice(start, end);
    const classes = style(start)?.[2];
    const shown = classes ? element("span", { class: String(classes) }, part) : part;
    parent.append(mark(start) ? element("mark", {}, shown) : shown);
  }
  made.append(more);
  return made;
}

/** @param {string} href */
function linkTo(href) {
  return element("a", { href, rel: "noopener noreferrer", target: "_blank", tabindex: -1 });
}

/**
 * The parts of a part of a text, between the beginnings and ends of ranges.
 * @param {number} first
 * @param {number} last
 * @param {Range[]} ranges
 * @returns {[number, number][]}
 */
function parts(first, last, ranges) {
  const ends = [...ranges.map(([start]) => start), ...ranges.map(([, end]) => end)];
  const places = [...new Set([first, ...ends.filter((end) => end > first && end < last), last])];
  places.sort((one, other) => one - other);
  return places.slice(0, -1).map((place, number) => [place, places[number + 1]]);
}

/**
 * @template {Range} Each
 * @param {Each[]} ranges in order
 * @returns {(place: number) => Each | undefined} the one that the place is in; from call to call, places grow
 */
function follower(ranges) {
  let next = 0;
  return (place) => {
    while (next < ranges.length && ranges[next][1] <= place) next += 1;
    return ranges[next]?.[0] <= place ? ranges[next] : undefined;
  };
}
