/** Ways from a line to other views: only its site, only its level, what is around it, and back from there. */

import { onlyLevel, onlySite, showAll } from "../data/view-state.js";

/** @typedef {import("../data/view-state.js").ViewState} ViewState */
/** @typedef {import("./message-list.js").Anchor} Anchor */

/** Event: `view` (detail: an anchor, if one is to stay in place), when the view state has been changed. */
export class Filters extends EventTarget {
  #view;
  #list;
  #address;
  /** What context was shown of: where it was, and the view then. @type {{anchor: Anchor, view: ViewState} | undefined} */
  #origin = undefined;

  /**
   * @param {ViewState} view that is changed here
   * @param {import("./message-list.js").MessageList} list
   * @param {import("./address.js").Address} address
   */
  constructor(view, list, address) {
    super();
    this.#view = view;
    this.#list = list;
    this.#address = address;
    list.element.addEventListener("click", (event) => this.#click(event));
    list.nothing.addEventListener("all", () => {
      showAll(view);
      this.#changed();
    });
  }

  /** Whether there is a view to go back to. */
  get inContext() {
    return this.#origin !== undefined;
  }

  /** Go back to the view that context was shown of. */
  back() {
    if (!this.#origin || this.#address.back()) return;
    Object.assign(this.#view, this.#origin.view);
    this.returned();
  }

  /** The view is the one before again. @param {Anchor | null} [place] where the viewer was then */
  returned(place) {
    const anchor = this.#origin?.anchor ?? place ?? undefined;
    if (this.#origin) this.#list.mark(this.#origin.anchor.id);
    this.#origin = undefined;
    this.#changed(anchor);
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    if (!(target instanceof Element)) return;
    const id = Number(/** @type {HTMLElement | null} */ (target.closest(".line"))?.dataset.id);
    const message = this.#list.message(id);
    if (!message) return;
    this.#view.id = null;
    if (target.closest("button[value=context]")) this.#showContext(id);
    else if (target.closest("button[value=site], .row > .site")) onlySite(this.#view, message.site);
    else if (target.closest(".row > .level")) onlyLevel(this.#view, message.log_level);
    else return;
    this.#changed(this.#list.following ? undefined : this.#list.anchor(id));
  }

  /** Drop all filters, with the line of a message staying where it is. @param {number} id */
  #showContext(id) {
    this.#origin = { anchor: this.#list.anchor(id), view: { ...this.#view } };
    showAll(this.#view);
    this.#view.id = id;
    this.#address.push(this.#list.place);
    this.#list.follow(false);
    this.#list.mark(id);
  }

  /** @param {Anchor} [anchor] */
  #changed(anchor) {
    this.dispatchEvent(new CustomEvent("view", { detail: anchor }));
  }
}
