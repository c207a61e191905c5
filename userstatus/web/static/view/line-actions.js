/** What can be done with a line: copy its text, copy or follow its link, show only its site, show what is around it. */

import { asText } from "../data/export.js";
import { changeOf } from "../data/levels.js";
import { copy } from "./clipboard.js";
import { element } from "./element.js";

/** @typedef {import("../data/feed.js").Message} Message */

const FEEDBACK_MS = 2000; // how long a button says what it has done

/** @param {Message} message @param {import("./rows.js").Options} options */
export function lineActions(message, { sites, filtered, address }) {
  const { id, site } = message;
  const change = changeOf(message);
  return element(
    "span",
    { class: "actions" },
    ...(change ? [element("span", { class: "origin" }, change.short)] : []),
    action("text", "copy", `Copy line ${id}`),
    element(
      "a",
      { class: "permalink", href: address(message), tabindex: -1, "aria-label": `Link to line ${id}` },
      "link",
    ),
    action("link", "copy link", `Copy link to line ${id}`),
    ...(sites.several ? [action("site", "only this site", `Only this site: ${site}, of line ${id}`)] : []),
    ...(filtered ? [action("context", "show in context", `Show in context: line ${id}`)] : []),
  );
}

/** @param {string} value @param {string} words @param {string} label */
function action(value, words, label) {
  return element("button", { type: "button", value, tabindex: -1, title: label, "aria-label": label }, words);
}

/**
 * Copy a line's text, or the link to it.
 * @param {HTMLButtonElement} button of the line
 * @param {Message} message of the line
 * @param {string} address its URL
 */
export async function copyLine(button, message, address) {
  const [words, label] = [button.textContent, button.ariaLabel];
  /** @param {string | null} said @param {string | null} named */
  const say = (said, named) => {
    button.textContent = said;
    button.ariaLabel = named;
  };
  try {
    await copy(button.value === "link" ? address : asText(message));
    say("copied", null);
  } catch {
    say("not allowed", null);
  }
  setTimeout(() => say(words, label), FEEDBACK_MS);
}
