/** What a viewer does with lines: unfold them, copy them, go from one to the next by keys. */

import { asText } from "../data/export.js";
import { copyLine } from "./line-actions.js";
import { LINE_KEYS } from "./line-keys.js";

/**
 * What shows the lines. `unfold` unfolds a part of a line, or folds it again; `focusNext` moves the focus from a line, or
 * from none (0), to another one.
 * @typedef {object} List
 * @property {HTMLElement} element
 * @property {import("../data/lines.js").Line[]} lines
 * @property {(id: number) => import("../data/feed.js").Message | undefined} message
 * @property {(id: number, part: "text" | "times") => void} unfold
 * @property {(step: number, id: number) => void} focusNext
 */

/**
 * One tab stop leads to the log; from there on, arrows lead from line to line, and Enter to what can be done with one.
 * Event: `line` (detail: a message), when its link has been followed.
 */
export class LineControls extends EventTarget {
  #list;
  #address;
  #stays;

  /**
   * @param {List} list
   * @param {(message: import("../data/feed.js").Message) => string} address the URL of a message
   * @param {boolean} stays whether a link to a line leads to it on this page
   */
  constructor(list, address, stays) {
    super();
    this.#stays = stays;
    this.#list = list;
    this.#address = address;
    list.element.addEventListener("click", (event) => this.#click(event));
    list.element.addEventListener("keydown", (event) => this.#press(event));
    list.element.addEventListener("copy", (event) => this.#copy(event));
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const control =
      event.target instanceof Element &&
      /** @type {HTMLElement | null} */ (event.target.closest("button, a"));
    const line = control && /** @type {HTMLElement | null} */ (control.closest(".line"));
    const message = line && this.#list.message(Number(line.dataset.id));
    if (!message) return;
    if (control instanceof HTMLButtonElement) this.#pressed(control, message);
    else if (this.#stays && control.classList.contains("permalink") && !opensElsewhere(event)) {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("line", { detail: message }));
    }
  }

  /** @param {HTMLButtonElement} button @param {import("../data/feed.js").Message} message */
  #pressed(button, message) {
    if (button.value === "unfold") this.#list.unfold(message.id, "text");
    else if (button.value === "times") this.#list.unfold(message.id, "times");
    else if (button.value === "text" || button.value === "link")
      copyLine(button, message, this.#address(message));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const line = /** @type {HTMLElement | null} */ (target.closest(".line"));
    const place = { list: this.#list, line, within: line !== null && target !== line };
    if (LINE_KEYS.some(({ key, press }) => key === event.key && press(place))) event.preventDefault();
  }

  /** Lines are copied as text, one message after the other. Within a part of a line, the browser copies what is selected. */
  #copy(/** @type {ClipboardEvent} */ event) {
    const ids = selectedLines(this.#list.element);
    if (!ids.length) return;
    const [from, to] = [Math.min(...ids), Math.max(...ids)];
    const { lines } = this.#list;
    const chosen = lines.filter(({ messages: [{ id }] }) => id >= from && id <= to);
    const text = chosen.flatMap(({ messages }) => messages.map((message) => `${asText(message)}\n`)).join("");
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  }
}

/** @param {HTMLElement} list @returns {number[]} the ids of the lines of which more than a single part is selected */
function selectedLines(list) {
  const root = /** @type {ShadowRoot} */ (list.getRootNode());
  const selection = document.getSelection();
  // Browsers without it do not say what is selected within an element: they copy it as it stands.
  const [range] = selection?.getComposedRanges?.({ shadowRoots: [root] }) ?? [];
  if (!range || range.collapsed) return [];
  const live = document.createRange();
  live.setStart(range.startContainer, range.startOffset);
  live.setEnd(range.endContainer, range.endOffset);
  const parts = [...list.querySelectorAll(".row > :not(.actions)")].filter((part) => hasTextOf(live, part));
  const lines = /** @type {HTMLElement[]} */ (parts.map((part) => part.closest(".line")));
  return parts.length < 2 ? [] : [...new Set(lines)].map(({ dataset }) => Number(dataset.id));
}

/** Whether text of an element is selected: a selection may end right before or begin right after it. @param {Range} range @param {Element} part */
function hasTextOf(range, part) {
  if (!range.intersectsNode(part)) return false;
  const within = document.createRange();
  within.selectNodeContents(part);
  if (within.compareBoundaryPoints(Range.START_TO_START, range) < 0)
    within.setStart(range.startContainer, range.startOffset);
  if (within.compareBoundaryPoints(Range.END_TO_END, range) > 0)
    within.setEnd(range.endContainer, range.endOffset);
  return within.toString() !== "";
}

/** @param {MouseEvent} event a click on a link */
function opensElsewhere({ ctrlKey, metaKey, shiftKey, altKey }) {
  return ctrlKey || metaKey || shiftKey || altKey;
}
