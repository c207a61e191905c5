/**
 * The element `<user-status site="tst">`: the log of a site, from its backlog to live messages.
 *
 * Attributes: `site` (comma-separated for several, `*` for every site); `src`, the service's base URL, by default the
 * one that this module comes from; `key`, to read where that needs one (whoever sees the page can read it, too); `theme`
 * (dark, light, red); `compact`, for the last two lines only, which unfold to the last hundred; `whole-page`, on a page
 * that is for this element alone: it fills the page, the view is kept in its URL, keys pressed anywhere are meant for it,
 * and its title counts unseen messages.
 */

import { BASE_URL } from "./data/base-url.js";
import { Source } from "./data/source.js";
import { CompactView } from "./view/compact-view.js";
import { element } from "./view/element.js";
import { LogView } from "./view/log-view.js";

class UserStatus extends HTMLElement {
  static observedAttributes = ["site", "src", "compact", "key"];
  /** @type {LogView | CompactView | undefined} */
  #view = undefined;
  #unfolded = false; // whether the compact form was, when it was there last
  #root = this.attachShadow({ mode: "open" });
  #styled;

  constructor() {
    super();
    const href = new URL("user-status.css", import.meta.url).href;
    const styles = element("link", { rel: "stylesheet", href });
    // Heights are measured: nothing is shown before the styles are there, or have failed to load.
    this.#styled = new Promise((resolve) => {
      styles.addEventListener("load", resolve);
      styles.addEventListener("error", resolve);
    });
    this.#root.append(styles);
  }

  async connectedCallback() {
    await this.#styled;
    this.#open();
  }

  disconnectedCallback() {
    this.#close();
  }

  /** @param {string} _name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(_name, before, now) {
    if (!this.#view || before === now) return;
    this.#close();
    this.#open();
  }

  #open() {
    if (this.#view || !this.isConnected) return;
    const base = new URL(this.getAttribute("src") ?? BASE_URL, document.baseURI).href;
    const source = new Source(base.endsWith("/") ? base : `${base}/`, this.getAttribute("key"));
    const sites = this.getAttribute("site") ?? "*";
    if (this.hasAttribute("compact")) {
      this.#view = new CompactView(this.#root, { source, sites, unfolded: this.#unfolded });
      return;
    }
    this.#view = new LogView(this.#root, { source, sites, wholePage: this.hasAttribute("whole-page") });
  }

  #close() {
    if (this.#view instanceof CompactView) this.#unfolded = this.#view.unfolded;
    this.#view?.close();
    this.#view = undefined;
  }
}

customElements.define("user-status", UserStatus);
