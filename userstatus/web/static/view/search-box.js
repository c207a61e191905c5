/** The box for what is searched for. */

import { element } from "./element.js";

/** Event: `view`, when the view state has been changed. */
export class SearchBox extends EventTarget {
  #view;
  #box;

  /** @param {import("../data/view-state.js").ViewState} view that is shown and changed here */
  constructor(view) {
    super();
    this.#view = view;
    this.#box = element("input", {
      class: "search",
      type: "search",
      placeholder: "Search  ( / )",
      "aria-label": "Search in messages",
      spellcheck: "false",
      autocomplete: "off",
      value: view.search,
    });
    this.element = this.#box;
    this.#box.addEventListener("input", () => {
      this.#view.search = this.#box.value;
      this.dispatchEvent(new Event("view"));
    });
  }

  /** Show what is searched for. */
  show() {
    this.#box.value = this.#view.search;
  }

  focus() {
    this.#box.focus();
    this.#box.select();
  }
}
