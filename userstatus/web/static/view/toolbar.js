/** The bar above the log: the state of the connection, and what the viewer can choose. */

import { Alerts } from "./alerts.js";
import { element } from "./element.js";
import { LevelFilter } from "./level-filter.js";
import { MoreMenu } from "./more-menu.js";
import { remember } from "./preferences.js";
import { SaveMenu } from "./save-menu.js";
import { SearchBox } from "./search-box.js";

/** Event: `view`, when the view state has been changed by one of its parts. */
export class Toolbar extends EventTarget {
  alerts;
  saveMenu;
  moreMenu;
  searchBox;
  levelFilter;
  #view;
  #state = element("span", { class: "state", role: "status", "data-state": "connecting" });
  #zone = element("button", { class: "zone", type: "button" });

  /**
   * @param {import("../data/view-state.js").ViewState} view that is shown and changed here
   * @param {HTMLElement} last when the sites were heard last
   * @param {import("../data/known-sites.js").KnownSites} sites
   */
  constructor(view, last, sites) {
    super();
    this.alerts = new Alerts((code) => sites.find(code));
    this.#view = view;
    this.saveMenu = new SaveMenu(view);
    this.moreMenu = new MoreMenu(this.saveMenu.element);
    this.searchBox = new SearchBox(view);
    this.levelFilter = new LevelFilter(view);
    for (const part of [this.searchBox, this.levelFilter])
      part.addEventListener("view", () => this.#changed());
    this.#zone.addEventListener("click", () => this.switchZone());
    this.element = element(
      "div",
      { class: "bar" },
      this.#state,
      last,
      this.searchBox.element,
      this.levelFilter.element,
      this.#zone,
      this.alerts.element,
      this.moreMenu.element,
    );
  }

  /** Show what is chosen: it has been changed elsewhere. */
  show() {
    this.searchBox.show();
    this.levelFilter.show();
  }

  /** Show the state of the connection. @param {string} state @param {string} words */
  showState(state, words) {
    this.#state.dataset.state = state;
    if (this.#state.textContent !== words) this.#state.textContent = words;
  }

  /** @param {string} zone the name of the current time zone */
  showZone(zone) {
    const other = this.#view.local ? "UTC" : "local time";
    this.#zone.textContent = zone;
    this.saveMenu.periodChoice.showZone(zone);
    this.#zone.setAttribute("aria-label", `Times are ${zone}: switch to ${other}`);
  }

  switchZone() {
    this.#view.local = !this.#view.local;
    remember("zone", this.#view.local ? "local" : "UTC");
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("view"));
  }
}
