/** The menu for what is needed less often. */

import { element } from "./element.js";
import { Popup } from "./popup.js";

/** Event: `keys`, when the list of keys is wanted. */
export class MoreMenu extends EventTarget {
  /** @param {...HTMLElement} parts of the panel */
  constructor(...parts) {
    super();
    const keys = element("button", { type: "button" }, "Keys  ( ? )");
    const popup = new Popup("more", ["More"], ...parts, element("p", {}, keys));
    this.element = popup.element;
    keys.addEventListener("click", () => {
      popup.close();
      this.dispatchEvent(new Event("keys"));
    });
  }
}
