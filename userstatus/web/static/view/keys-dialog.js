/** The list of keys, as a dialog. */

import { element } from "./element.js";

/** How a key is written, where it is not as `KeyboardEvent.key` names it. @type {Record<string, string>} */
const CAPS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

export class KeysDialog {
  /** @param {{keys: string[], description: string}[]} rows */
  constructor(rows) {
    const close = element("button", { type: "button" }, "Close");
    const list = element("dl", {}, ...rows.flatMap(described));
    const heading = element("h2", { id: "keys-heading" }, "Keys");
    // All of the dialog is this one part of it: a click on the dialog itself is one on its backdrop.
    const all = element("div", {}, heading, list, close);
    this.element = element("dialog", { class: "keys", "aria-labelledby": "keys-heading" }, all);
    close.addEventListener("click", () => this.close());
    this.element.addEventListener("click", ({ target }) => {
      if (target === this.element) this.close();
    });
  }

  get open() {
    return this.element.open;
  }

  show() {
    this.element.showModal();
  }

  /** The focus returns to where it was. */
  close() {
    this.element.close();
  }
}

/** @param {{keys: string[], description: string}} row */
function described({ keys, description }) {
  const caps = keys.flatMap((key) => [" ", element("kbd", {}, CAPS[key] ?? key)]);
  return [element("dt", {}, ...caps), element("dd", {}, description)];
}
