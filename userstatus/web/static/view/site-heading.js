/** What an element on a page of somebody else's is about: its sites, as a link to their page on the service. */

import { siteNames, sitePage } from "../data/site-names.js";
import { element } from "./element.js";

export class SiteHeading {
  #sites;
  #link;
  element;

  /** @param {string} sites comma-separated, or `*` @param {string | URL} source the service's base URL */
  constructor(sites, source) {
    this.#sites = sites;
    // In a tab of its own: whoever follows it may be in the middle of something on this page.
    this.#link = element("a", { href: sitePage(sites, source), target: "_blank", rel: "noopener" });
    this.element = element("h2", { class: "sites" }, this.#link);
    this.show(() => "");
  }

  /** @param {(code: string) => string} nameOf how people call a site; empty if nobody has said */
  show(nameOf) {
    const names = siteNames(this.#sites, nameOf);
    if (this.#link.textContent === names) return;
    this.#link.textContent = this.#link.title = names;
  }
}
