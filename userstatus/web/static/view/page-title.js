/** The page's title and icon: what has not been seen, the worst state, and whether the connection is lost. */

import { SYMBOLS } from "../data/levels.js";
import { STATES } from "../data/urgency.js";

/** @typedef {import("../data/levels.js").Level} Level */
/** @typedef {import("../data/urgency.js").State} State */

const FINE = STATES.indexOf("fine");
/** @type {Partial<Record<State, string>>} */
const SIGNS = { ...SYMBOLS, silent: "○", fine: "" };

export class PageTitle {
  #title = document.title;
  #icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel="icon"]'));
  #plainIcon = this.#icon?.href ?? "";
  #unseen = 0;
  #worstUnseen = FINE; // an index of STATES
  #worst = FINE; // likewise
  #lost = false;
  #closing = new AbortController();

  constructor() {
    const { signal } = this.#closing;
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
  }

  close() {
    this.#closing.abort();
    this.#unseen = 0;
    this.#worstUnseen = this.#worst = FINE;
    this.#lost = false;
    this.#show();
  }

  /** A message has arrived, which counts as unseen while the page is hidden. @param {{log_level: Level}} message */
  count({ log_level }) {
    if (!document.hidden) return;
    this.#unseen += 1;
    this.#worstUnseen = Math.min(this.#worstUnseen, urgency(log_level));
    this.#show();
  }

  /** Show the worst state of what is on the page, seen or not. @param {State} state */
  showWorst(state) {
    this.#worst = STATES.indexOf(state);
    this.#show();
  }

  /** @param {boolean} lost whether the connection is lost */
  showLost(lost) {
    if (lost === this.#lost) return;
    this.#lost = lost;
    this.#show();
  }

  #seen() {
    if (document.hidden) return;
    this.#unseen = 0;
    this.#worstUnseen = FINE;
    this.#show();
  }

  #show() {
    const title = this.#words();
    if (document.title !== title) document.title = title;
    const worst = Math.min(this.#worst, this.#worstUnseen);
    const name = this.#lost ? "lost" : STATES[worst];
    const icon = name !== "fine" ? new URL(`../icons/${name}.svg`, import.meta.url).href : this.#plainIcon;
    if (this.#icon && this.#icon.href !== icon) this.#icon.href = icon;
  }

  #words() {
    const offline = this.#lost ? "✖ offline – " : "";
    if (this.#unseen) {
      const symbol = SIGNS[STATES[this.#worstUnseen]];
      return `${offline}(${this.#unseen}${symbol && ` ${symbol}`}) ${this.#title}`;
    }
    const symbol = SIGNS[STATES[this.#worst]];
    return `${offline}${symbol && `${symbol} `}${this.#title}`;
  }
}

/** @param {Level} level @returns {number} an index of STATES */
function urgency(level) {
  const state = STATES.indexOf(/** @type {State} */ (level));
  return state < 0 ? FINE : state;
}
