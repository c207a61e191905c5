/** What keys do on a page: one table makes both the handling of keys and the list of them, which `?` shows. */

import { KeysDialog } from "./keys-dialog.js";

/**
 * A row of the table. `keys` are named as in `KeyboardEvent.key`, but "Space" and "Shift+Space"; a row without `press`
 * describes keys that another part handles.
 * @template Parts
 * @typedef {{keys: string[], description: string, press?: (parts: Parts) => void}} Row
 */

const TEXT =
  "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=range], [type=button])";
const PRESSED = new Set(["Space", "Shift+Space", "Enter"]);
const MOVING = new Set([
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
  "PageUp",
  "PageDown",
  "Home",
  "End",
]);

/** @template Parts */
export class Keys {
  #parts;
  #dialog;
  /** @type {Map<string, Row<Parts>>} */
  #rows = new Map();

  /** @param {Row<Parts>[]} table in the order of the list @param {Parts} parts that its rows work with */
  constructor(table, parts) {
    this.#parts = parts;
    const help = { keys: ["?"], description: "show or hide this list", press: () => this.showList() };
    const whole = [...table, help];
    for (const row of whole) if (row.press) for (const key of row.keys) this.#rows.set(key, row);
    this.#dialog = new KeysDialog(whole);
    this.element = this.#dialog.element;
  }

  showList() {
    this.#dialog.show();
  }

  /** @param {EventTarget} target where keys are pressed that are meant for this @param {AbortSignal} [signal] ends it */
  listen(target, signal) {
    target.addEventListener("keydown", (event) => this.press(/** @type {KeyboardEvent} */ (event)), {
      signal,
    });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = nameOf(event);
    if (this.#dialog.open) {
      // Other keys scroll it.
      if (key !== "?") return;
      this.#dialog.close();
    } else {
      const row = this.#rows.get(key);
      if (!row?.press || isForControl(event.composedPath()[0], key)) return;
      row.press(this.#parts);
    }
    event.preventDefault();
  }
}

/** @param {KeyboardEvent} event */
function nameOf({ key, shiftKey }) {
  if (key === " ") return shiftKey ? "Shift+Space" : "Space";
  return shiftKey && key.length > 1 ? `Shift+${key}` : key;
}

/** Whether a key means something to the control that has the focus. @param {EventTarget} target @param {string} key */
function isForControl(target, key) {
  if (!(target instanceof Element)) return false;
  if (target.matches(TEXT)) return key !== "Escape";
  if (PRESSED.has(key)) return target.matches("button, summary, input");
  return MOVING.has(key) && target.matches("[type=radio], [type=range]");
}
