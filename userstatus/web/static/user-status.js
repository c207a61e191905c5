/**
 * The element `<user-status site="tst">`: the log of a site, from its backlog to live messages.
 *
 * Attributes: `site` (comma-separated for several, `*` for every site); `src`, the service's base URL, by default the
 * one that this module comes from; `theme` (dark, light, red); `whole-page`, on a page that is for this element alone:
 * the view is kept in its URL, keys pressed anywhere are meant for it, and its title counts unseen messages.
 */

import { BASE_URL } from "./data/base-url.js";
import { element } from "./view/element.js";
import { LogView } from "./view/log-view.js";

class UserStatus extends HTMLElement {
  static observedAttributes = ["site", "src"];
  /** @type {LogView | undefined} */
  #logView = undefined;
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

  attributeChangedCallback() {
    if (!this.#logView) return;
    this.#close();
    this.#open();
  }

  #open() {
    if (this.#logView || !this.isConnected) return;
    const source = new URL(this.getAttribute("src") ?? BASE_URL, document.baseURI).href;
    this.#logView = new LogView(this.#root, {
      source: source.endsWith("/") ? source : `${source}/`,
      sites: this.getAttribute("site") ?? "*",
      wholePage: this.hasAttribute("whole-page"),
    });
  }

  #close() {
    this.#logView?.close();
    this.#logView = undefined;
  }
}

customElements.define("user-status", UserStatus);
