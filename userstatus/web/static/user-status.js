/**
 * The element `<user-status site="tst">`: what a site has said, what it says now, and nothing missing between.
 *
 * Attributes: `site` (several with commas, `*` is every site); `src`, the service's base URL, by default the
 * one that this module comes from; `theme` (dark, light, red); `whole-page`, where the page is for this element
 * alone: the view is in its URL, keys pressed anywhere are meant for it, and its title counts what is unseen.
 */

import { element } from "./element.js";
import { Watch } from "./watch.js";

const HOME = new URL("..", import.meta.url); // where /static is

class UserStatus extends HTMLElement {
  static observedAttributes = ["site", "src"];

  constructor() {
    super();
    /** @type {Watch | undefined} */
    this._watch = undefined;
    this._root = this.attachShadow({ mode: "open" });
    this._styles = element("link", {
      rel: "stylesheet",
      href: new URL("user-status.css", import.meta.url).href,
    });
    // Heights are measured: nothing is shown before there are styles, or surely none will come.
    this._styled = new Promise((resolve) => {
      this._styles.addEventListener("load", resolve);
      this._styles.addEventListener("error", resolve);
    });
    this._root.append(this._styles);
  }

  async connectedCallback() {
    await this._styled;
    this._begin();
  }

  disconnectedCallback() {
    this._end();
  }

  attributeChangedCallback() {
    if (!this._watch) return;
    this._end();
    this._begin();
  }

  _begin() {
    if (this._watch || !this.isConnected) return;
    const source = new URL(this.getAttribute("src") ?? HOME, document.baseURI).href;
    this._watch = new Watch(this._root, {
      source: source.endsWith("/") ? source : `${source}/`,
      sites: this.getAttribute("site") ?? "*",
      wholePage: this.hasAttribute("whole-page"),
    });
  }

  _end() {
    this._watch?.close();
    this._watch = undefined;
  }
}

customElements.define("user-status", UserStatus);
