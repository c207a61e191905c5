/** The box for what is searched for, what was found, and the way from hit to hit. */

import { Search, SearchError } from "../data/search.js";
import { element } from "./element.js";

const TYPING_MS = 100; // how long nothing is typed until what has been typed is searched for
const HELP =
  "Words as they are written, in messages and site codes. -words: what does not have them. /…/: a regular expression.";

/**
 * Events: `view`, when the view state has been changed; `step` (detail: 1 or -1), to the next or previous hit;
 * `back`, from what is around a hit; `leave`, to the lines.
 */
export class SearchBox extends EventTarget {
  #view;
  #box;
  #wrong = element("span", { class: "wrong", role: "status", id: "search-wrong" });
  #found = element("span", { class: "found", role: "status" });
  #steps = [
    element("button", { type: "button", "aria-label": "Previous hit", title: "Previous hit ( N )" }, "↑"),
    element("button", { type: "button", "aria-label": "Next hit", title: "Next hit ( n )" }, "↓"),
  ];
  /** The way back from what is around a hit. It lies over the lines: what is read is to stay where it is. */
  back = element("button", { class: "back", type: "button", hidden: true }, "← back to the search");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing = undefined;

  /** @param {import("../data/view-state.js").ViewState} view that is shown and changed here */
  constructor(view) {
    super();
    this.#view = view;
    this.#box = element("input", {
      class: "search",
      type: "search",
      placeholder: "Search  ( / )",
      title: HELP,
      "aria-label": "Search in messages and site codes",
      "aria-describedby": "search-wrong",
      spellcheck: "false",
      autocomplete: "off",
      value: view.search,
    });
    this.element = element(
      "search",
      { class: "search-box" },
      this.#box,
      this.#found,
      ...this.#steps,
      this.#wrong,
    );
    this.#box.addEventListener("input", () => this.#type());
    this.#box.addEventListener("keydown", (event) => this.#press(event));
    this.#steps.forEach((button, place) => {
      button.addEventListener("click", () => this.#dispatch("step", place ? 1 : -1));
    });
    this.back.addEventListener("click", () => this.#dispatch("back"));
    this.show();
  }

  focus() {
    this.#box.focus();
    this.#box.select();
  }

  close() {
    clearTimeout(this.#typing);
  }

  /** Show what is searched for. */
  show() {
    this.close();
    this.#box.value = this.#view.search;
    this.#check();
  }

  /** Show what was found. @param {string} words @param {boolean} hits whether there are hits to go to */
  showFound(words, hits) {
    if (this.#found.textContent !== words) this.#found.textContent = words;
    for (const button of this.#steps) button.hidden = !hits;
  }

  /** Offer the way back from what is around a hit. @param {boolean} offered */
  offerBack(offered) {
    this.back.hidden = !offered;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { key, isComposing } = event;
    if (isComposing) return;
    if (key === "Escape" && this.#box.value) {
      this.#box.value = "";
      this.#search();
    } else if (key === "Enter") {
      this.#search();
      this.#dispatch("leave");
    } else return;
    event.preventDefault(); // otherwise, Escape would leave the box as well
  }

  #type() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#search(), TYPING_MS);
  }

  /** Search for what is in the box, unless it cannot be: then what was searched for before stays. */
  #search() {
    this.close();
    if (!this.#check() || this.#view.search === this.#box.value) return;
    this.#view.search = this.#box.value;
    this.#dispatch("view");
  }

  /** Tell what is wrong with the words in the box. @returns {boolean} whether they can be searched for */
  #check() {
    const wrong = whatIsWrong(this.#box.value);
    this.#wrong.textContent = wrong;
    this.#box.setAttribute("aria-invalid", String(wrong !== ""));
    return wrong === "";
  }

  /** @param {string} name @param {unknown} [detail] */
  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {string} words @returns {string} empty if they can be searched for */
function whatIsWrong(words) {
  try {
    new Search(words);
    return "";
  } catch (error) {
    if (error instanceof SearchError) return error.message;
    throw error;
  }
}
