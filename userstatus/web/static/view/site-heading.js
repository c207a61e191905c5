/** What an element on a page of somebody else's is about: its sites, as a link to their page on the service. */

import { siteNames, sitePage } from "../data/site-names.js";
import { element } from "./element.js";

/** @param {string} sites comma-separated, or `*` @param {string | URL} source the service's base URL */
export function siteHeading(sites, source) {
  const names = siteNames(sites);
  // In a tab of its own: whoever follows it may be in the middle of something on this page.
  const attributes = { href: sitePage(sites, source), target: "_blank", rel: "noopener", title: names };
  return element("h2", { class: "sites" }, element("a", attributes, names));
}
