/** The view state in the page's URL, and the way back through the browser's history. */

import { fromQuery, toQuery, whatIsWrong } from "../data/view-state.js";

/** @typedef {import("./message-list.js").Anchor} Anchor */

/**
 * Event: `back` (detail: where the viewer was, or null for the newest message), when the browser has gone back or forth:
 * the view state is the one of that URL now.
 */
export class Address extends EventTarget {
  #view;
  #wholePage;

  /**
   * @param {import("../data/view-state.js").ViewState} view
   * @param {boolean} wholePage whether the page is for this log alone; otherwise its URL is left alone
   * @param {AbortSignal} signal ends it
   */
  constructor(view, wholePage, signal) {
    super();
    this.#view = view;
    this.#wholePage = wholePage;
    if (!wholePage) return;
    addEventListener(
      "popstate",
      ({ state }) => {
        Object.assign(view, fromQuery(location.search), { local: view.local });
        this.dispatchEvent(new CustomEvent("back", { detail: state?.place ?? null }));
      },
      { signal },
    );
  }

  /** Which part of the URL is not understood, in a sentence; empty if all of it is. */
  get wrong() {
    return this.#wholePage ? whatIsWrong(location.search) : "";
  }

  /** The view state is another one. */
  replace() {
    if (this.#wholePage) history.replaceState(history.state, "", this.#url);
  }

  /**
   * The view state is another one, from which the browser's back leads to the one before.
   * @param {Anchor | null} place where the viewer is now; null for the newest message
   */
  push(place) {
    if (!this.#wholePage) return;
    history.replaceState({ place }, "");
    history.pushState(null, "", this.#url);
  }

  /** Go back to where it was pushed. @returns {boolean} whether there is such a place */
  back() {
    if (this.#wholePage) history.back();
    return this.#wholePage;
  }

  get #url() {
    return location.pathname + toQuery(this.#view, location.search);
  }
}
