/** The page's title and icon: what has not been seen, the worst state, and whether the connection is lost. */

import { LEVELS, SYMBOLS } from "../data/levels.js";

/** @typedef {import("../data/levels.js").Level} Level */

const ATTENTION = LEVELS.indexOf("warning"); // from here on, a level is shown

export class PageTitle {
  #title = document.title;
  #icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel="icon"]'));
  #plainIcon = this.#icon?.href ?? "";
  #unseen = 0;
  #worstUnseen = -1; // an index of LEVELS
  #worst = -1; // likewise
  #lost = false;
  #closing = new AbortController();

  constructor() {
    const { signal } = this.#closing;
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
  }

  close() {
    this.#closing.abort();
    this.#unseen = 0;
    this.#worstUnseen = this.#worst = -1;
    this.#lost = false;
    this.#show();
  }

  /** A message has arrived, which counts as unseen while the page is hidden. @param {{log_level: Level}} message */
  count({ log_level }) {
    if (!document.hidden) return;
    this.#unseen += 1;
    this.#worstUnseen = Math.max(this.#worstUnseen, LEVELS.indexOf(log_level));
    this.#show();
  }

  /** Show the worst state of what is on the page, seen or not. @param {Level | undefined} level */
  showWorst(level) {
    this.#worst = level ? LEVELS.indexOf(level) : -1;
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
    this.#worstUnseen = -1;
    this.#show();
  }

  #show() {
    const title = this.#words();
    if (document.title !== title) document.title = title;
    const level = Math.max(this.#worst, this.#worstUnseen);
    const name = this.#lost ? "lost" : level >= ATTENTION && LEVELS[level];
    const icon = name ? new URL(`../icons/${name}.svg`, import.meta.url).href : this.#plainIcon;
    if (this.#icon && this.#icon.href !== icon) this.#icon.href = icon;
  }

  #words() {
    const offline = this.#lost ? "✖ offline – " : "";
    if (this.#unseen) {
      const symbol = symbolOf(this.#worstUnseen);
      return `${offline}(${this.#unseen}${symbol && ` ${symbol}`}) ${this.#title}`;
    }
    const symbol = symbolOf(this.#worst);
    return `${offline}${symbol && `${symbol} `}${this.#title}`;
  }
}

/** @param {number} level an index of LEVELS @returns {string} empty if it does not need attention */
function symbolOf(level) {
  return level >= ATTENTION ? SYMBOLS[LEVELS[level]] : "";
}
