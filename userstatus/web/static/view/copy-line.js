/** The buttons of a line: copy its text, or a link to it. */

import { asText } from "../data/export.js";
import { copy } from "./clipboard.js";

const FEEDBACK_MS = 2000; // how long a button says what it has done

/**
 * @param {MouseEvent} event a click somewhere in the list
 * @param {import("../data/feed.js").Message[]} messages among which is the line's
 * @param {string} source the service's base URL
 */
export async function copyLine({ target }, messages, source) {
  if (!(target instanceof HTMLButtonElement) || !["text", "link"].includes(target.value)) return;
  const id = Number(/** @type {HTMLElement | null} */ (target.closest(".line"))?.dataset.id);
  const message = messages.find((each) => each.id === id);
  if (!message) return;
  const words = target.textContent;
  const link = new URL(`watch/${message.site}?id=${id}`, source);
  try {
    await copy(target.value === "link" ? link.href : asText(message));
    target.textContent = "copied";
  } catch {
    target.textContent = "not allowed";
  }
  setTimeout(() => {
    target.textContent = words;
  }, FEEDBACK_MS);
}
