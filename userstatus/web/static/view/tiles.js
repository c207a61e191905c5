/** The tiles of the wall, kept up to date at little cost, in an order that does not change under the viewer's hand. */

import { Clock, now } from "../data/clock.js";
import { condition, order } from "../data/urgency.js";
import { matches } from "../data/wall-filter.js";
import { element } from "./element.js";
import { Hold } from "./hold.js";
import { recall, remember } from "./preferences.js";
import { Tile } from "./tile.js";

/** @typedef {import("../data/urgency.js").Condition} Condition */

const ARRANGE_MS = 250; // between two arrangements
const COUNTED = 3; // tiles per frame whose bars are drawn anew, which takes longer than their texts
const PINS = "pins";

/** Event: `change`, when what is in them, or which of them are shown, may have changed. */
export class Tiles extends EventTarget {
  element = element("ul", { id: "wall" });
  /** Of every site, shown or not. @type {Map<string, Condition>} */
  conditions = new Map();
  #statistics;
  #source;
  #asOf;
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  #zone = new Clock(recall("zone") === "local");
  #pins = (recall(PINS) ?? "").split(",").filter(Boolean);
  #filter = "";
  #hold = new Hold(this.element);
  /** @type {Set<string>} sites whose tiles are to be drawn */
  #changed = new Set();
  /** @type {Set<string>} sites whose bars are to be drawn */
  #recounted = new Set();
  #drawing = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #arranging = undefined;
  #arranged = -ARRANGE_MS;
  /** @type {string[]} site codes, as they are shown */
  #order = [];

  /**
   * @param {import("../data/statistics.js").Statistics} statistics
   * @param {string | URL} source the service's base URL
   * @param {() => number} asOf when the statistics were complete, in unix seconds
   */
  constructor(statistics, source, asOf) {
    super();
    this.#statistics = statistics;
    this.#source = source;
    this.#asOf = asOf;
    statistics.addEventListener("change", (event) =>
      this.#mark(/** @type {CustomEvent<string | null>} */ (event).detail),
    );
    this.#hold.addEventListener("released", () => this.#arrangeSoon());
  }

  /** The number of sites that the filter hides. */
  get hidden() {
    return [...this.#tiles.values()].filter((tile) => tile.element.hidden).length;
  }

  /** @param {string} filter */
  set filter(filter) {
    this.#filter = filter;
    for (const tile of this.#tiles.values()) this.#applyFilter(tile);
    this.dispatchEvent(new Event("change"));
  }

  /** Show what time has changed: how long ago things were, who has fallen silent. */
  tick() {
    this.#draw(this.#statistics.sites.keys());
  }

  /** @param {string | null} code of the site that has changed; null: any may have */
  #mark(code) {
    for (const each of code === null ? this.#statistics.sites.keys() : [code]) {
      this.#changed.add(each);
      this.#recounted.add(each);
    }
    this.#requestFrame();
  }

  #requestFrame() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      if (this.#changed.size) this.#draw(this.#changed);
      this.#changed.clear();
      this.#drawCounts();
    });
  }

  #drawCounts() {
    for (const code of [...this.#recounted].slice(0, COUNTED)) {
      this.#tiles.get(code)?.updateCounts();
      this.#recounted.delete(code);
    }
    if (this.#recounted.size) this.#requestFrame();
  }

  /** @param {Iterable<string>} codes */
  #draw(codes) {
    const at = this.#asOf();
    for (const code of codes) {
      const site = this.#statistics.sites.get(code);
      if (!site) continue;
      const found = condition(site, at);
      this.conditions.set(code, found);
      const tile = this.#tile(code);
      tile.show(site, found, now());
    }
    this.#arrangeSoon();
  }

  /** @param {string} code */
  #tile(code) {
    let tile = this.#tiles.get(code);
    if (!tile) {
      tile = new Tile(code, this.#source, this.#zone);
      tile.pinned = this.#pins.includes(code);
      tile.addEventListener("pin", () => this.#pin(code));
      this.#tiles.set(code, tile);
    }
    return tile;
  }

  /** @param {Tile} tile */
  #applyFilter(tile) {
    tile.element.hidden = this.#filter !== "" && !matches(this.#filter, tile.texts);
  }

  /** Pin a site, or let it go. @param {string} code */
  #pin(code) {
    const others = this.#pins.filter((each) => each !== code);
    const pinned = others.length === this.#pins.length;
    this.#pins = pinned ? [...others, code] : others;
    remember(PINS, this.#pins.join(","));
    this.#tile(code).pinned = pinned;
    this.#arrangeSoon();
  }

  #arrangeSoon() {
    const wait = this.#arranged + ARRANGE_MS - performance.now();
    this.#arranging ??= setTimeout(() => this.#arrange(), wait);
  }

  #arrange() {
    this.#arranging = undefined;
    this.#arranged = performance.now();
    this.#forgetExpired();
    // Held, nothing moves: what no longer matches goes when the viewer does.
    for (const tile of this.#tiles.values())
      if (!this.#hold.held || !tile.element.isConnected) this.#applyFilter(tile);
    this.#order = order(this.conditions, this.#pins, this.#hold.held ? this.#order : []);
    const focused = document.activeElement;
    this.#order.forEach((code, place) => {
      const tile = this.#tile(code);
      const there = this.element.children[place] ?? null;
      if (there !== tile.element) this.element.insertBefore(tile.element, there);
    });
    // An element that is moved loses the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus();
    this.dispatchEvent(new Event("change"));
  }

  #forgetExpired() {
    for (const [code, tile] of this.#tiles) {
      if (this.#statistics.sites.has(code)) continue;
      tile.element.remove();
      this.#tiles.delete(code);
      this.conditions.delete(code);
    }
  }
}
