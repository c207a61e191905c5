/** The buttons that save messages as a file. */

import { FORMATS } from "../data/export.js";
import { element } from "./element.js";

/** Event: `save` (detail: a format). */
export class SaveMenu extends EventTarget {
  constructor() {
    super();
    const buttons = Object.keys(FORMATS).flatMap((format) => {
      const button = element("button", { type: "button", value: format }, format.toUpperCase());
      button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("save", { detail: format })));
      return [button, " "];
    });
    this.element = element("p", { class: "formats" }, "Save what is shown as ", ...buttons);
  }
}
