/** A button that opens a panel, of which one is open at a time. */

import { element } from "./element.js";

const MARGIN_PX = 8; // between the panel and the edges of the window

export class Popup {
  #button;
  #panel;

  /**
   * @param {string} name in plain letters: the class of the popup, and unique among those of a view
   * @param {(Node | string)[]} label of the button
   * @param {...(Node | string)} content of the panel
   */
  constructor(name, label, ...content) {
    const id = `${name}-panel`;
    this.#panel = element("div", { id, class: "panel", popover: "auto" }, ...content);
    this.#button = element(
      "button",
      { type: "button", popovertarget: id, "aria-controls": id, "aria-expanded": "false" },
      ...label,
    );
    this.element = element("div", { class: `popup ${name}` }, this.#button, this.#panel);
    this.#button.addEventListener("click", (event) => {
      event.preventDefault(); // the browser would do the same, but leave the panel where it is
      this.#panel.togglePopover();
      this.#place();
    });
    this.#panel.addEventListener("beforetoggle", (event) => this.#toggles(event.newState === "open"));
    // Escape closes the panel, and does nothing else on the page. The browser's own way loses a focus in the panel.
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#panel.matches(":popover-open")) return;
      event.stopPropagation();
      event.preventDefault();
      this.close();
      this.#button.focus();
    });
    // Who tabs out of the panel would not see what has the focus below it.
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.element.contains(relatedTarget)) this.close();
    });
  }

  close() {
    this.#panel.hidePopover();
  }

  /** @param {boolean} open */
  #toggles(open) {
    this.#button.setAttribute("aria-expanded", String(open));
    const place = this.#place;
    if (open) addEventListener("resize", place);
    else removeEventListener("resize", place);
  }

  /** Put the panel at the button, where there is more room, and within the window. */
  #place = () => {
    const { left, right, top, bottom } = this.#button.getBoundingClientRect();
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const { style, offsetWidth } = this.#panel;
    const below = height - bottom > top;
    const start = left + right < width ? left : right - offsetWidth;
    style.left = `${Math.max(MARGIN_PX, Math.min(start, width - MARGIN_PX - offsetWidth))}px`;
    style.top = below ? `${bottom}px` : "auto";
    style.bottom = below ? "auto" : `${height - top}px`;
    style.maxHeight = `${(below ? height - bottom : top) - MARGIN_PX}px`;
  };
}
