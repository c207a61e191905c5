/** The form of the wall: tiles or, in the compact form, one row per site; in the page or over the full screen. */

import { fit } from "../data/wall-layout.js";
import { element } from "./element.js";
import { recall, remember } from "./preferences.js";

const COMPACT = "compact";
const YES = "yes";

// Sizes of a tile and of a line, gaps included, in multiples of the font size; font sizes in pixels.
const TILE = { width: 18, height: 15.6, smallest: 13, largest: 96 };
const LINE = { width: 24, height: 2.5, smallest: 12, largest: 15 };
const LARGE_LINE = { ...LINE, largest: 60 };

export class WallForm {
  compactButton = element("button", { type: "button" }, "Compact");
  fullScreenButton = element("button", { type: "button" }, "Full screen");
  #wall;
  #count = 0;
  #compact = recall(COMPACT) === YES;
  // True for a browser that was put into full screen by F11 or as a kiosk, too.
  #fullScreen = matchMedia("(display-mode: fullscreen)");

  /** @param {HTMLElement} wall the list of tiles @param {HTMLElement} bar above it, whose height may change */
  constructor(wall, bar) {
    this.#wall = wall;
    this.compactButton.addEventListener("click", () => this.switchCompact());
    this.fullScreenButton.addEventListener("click", () => this.switchFullScreen());
    this.fullScreenButton.hidden = !document.fullscreenEnabled;
    this.#fullScreen.addEventListener("change", () => this.#apply());
    document.addEventListener("fullscreenchange", () => this.#apply());
    addEventListener("resize", () => this.#layOut());
    new ResizeObserver(() => this.#layOut()).observe(bar);
    this.#apply();
  }

  /** @param {number} count of the tiles that are shown */
  set count(count) {
    if (count === this.#count) return;
    this.#count = count;
    this.#layOut();
  }

  switchCompact() {
    this.#compact = !this.#compact;
    remember(COMPACT, this.#compact ? YES : "");
    this.#apply();
  }

  switchFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  }

  #isFull() {
    return document.fullscreenElement !== null || this.#fullScreen.matches;
  }

  #apply() {
    this.compactButton.setAttribute("aria-pressed", String(this.#compact));
    this.fullScreenButton.setAttribute("aria-pressed", String(this.#isFull()));
    document.body.classList.toggle("compact", this.#compact);
    document.body.classList.toggle("full-screen", this.#isFull());
    this.#layOut();
  }

  /** Make the tiles as large as fits. In a window, tiles that are not compact may scroll. */
  #layOut() {
    const { style } = this.#wall;
    const full = this.#isFull();
    if (!full && !this.#compact) {
      style.fontSize = style.gridTemplate = style.height = "";
      return;
    }
    const form = !this.#compact ? TILE : full ? LARGE_LINE : LINE;
    const room = this.#room();
    const { columns, rows, font } = fit(room, this.#count, form);
    style.fontSize = `${font}px`;
    const height = this.#compact ? `${LINE.height}em` : "minmax(0, 1fr)";
    style.gridTemplate = `repeat(${rows}, ${height}) / repeat(${columns}, minmax(0, 1fr))`;
    // With the smallest font they may not all fit: then they are as tall as they need.
    const fill = full && !this.#compact && font > form.smallest;
    style.height = fill ? `${room.height}px` : "";
  }

  /** What is left of the window for the tiles, in pixels. */
  #room() {
    const { paddingLeft, paddingRight, paddingBottom } = getComputedStyle(this.#wall);
    const { top } = this.#wall.getBoundingClientRect();
    const below = document.querySelector("footer")?.getBoundingClientRect().height ?? 0;
    return {
      width: this.#wall.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight),
      height: innerHeight - top - scrollY - below - Number.parseFloat(paddingBottom),
    };
  }
}
