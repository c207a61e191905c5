/** The log of some sites in a few lines, as at the foot of a page: the last two messages, or unfolded the last hundred. */

import { STEP_S } from "../data/activity.js";
import { Clock, now } from "../data/clock.js";
import { KnownSites } from "../data/known-sites.js";
import { changeOf, LEVELS } from "../data/levels.js";
import { Lines } from "../data/lines.js";
import { LiveLog } from "../data/live-log.js";
import { searchFor } from "../data/search.js";
import { silenceNote } from "../data/silence.js";
import { siteNames, withName } from "../data/site-names.js";
import { onBackOnline } from "./back-online.js";
import { element } from "./element.js";
import { LineControls } from "./line-controls.js";
import { focusLine, keepFocus } from "./line-focus.js";
import { MuteMark } from "./mute-mark.js";
import { row, updateAge } from "./rows.js";
import { SiteHeading } from "./site-heading.js";

/** @typedef {import("../data/lines.js").Line} Line */
/** @typedef {import("../data/feed.js").Message} Message */

const FOLDED = 2; // lines
const UNFOLDED = 100;
const MANY = 1000; // messages that are looked at for the lines: identical ones share a line
const TICK_MS = 1000;
const EVERYTHING = { levels: new Set(LEVELS), search: "", only: null, local: false, id: null, at: null };

/** @typedef {{source: string | URL, sites: string, unfolded: boolean}} Options */

export class CompactView {
  unfolded;
  #log;
  #sites;
  #source;
  /** The parts of lines that the viewer has unfolded. @type {Set<string>} */
  #unfolded = new Set();
  #clock = new Clock(false);
  /** The rows in the document, by the lines that they show. @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #fold = element("button", { class: "fold", type: "button" });
  #heading;
  #state = element("span", { class: "state", role: "status" });
  #silence = element("span", { class: "last silent" });
  #muteMark = new MuteMark();
  #list = element("div", { class: "lines", role: "list" });
  #scroller = element("div", { class: "tail", role: "region", "aria-label": "Messages" }, this.#list);
  element;
  #closing = new AbortController();
  #ticking;
  #drawing = 0;

  /** @param {ShadowRoot} root @param {Options} options */
  constructor(root, { source, sites, unfolded }) {
    this.unfolded = unfolded;
    this.#source = source;
    this.#log = new LiveLog(source, sites, STEP_S);
    this.#sites = new KnownSites(sites, this.#log);
    this.#fold.setAttribute("aria-label", `Messages of ${siteNames(sites)}`);
    const zone = element("span", { class: "clock-zone" }, this.#clock.zone());
    this.#heading = new SiteHeading(sites, source);
    const parts = [
      this.#fold,
      this.#heading.element,
      this.#state,
      this.#silence,
      this.#muteMark.element,
      zone,
    ];
    const head = element("div", { class: "head" }, ...parts);
    this.element = element("div", { class: "compact" }, head, this.#scroller);
    root.append(this.element);
    new LineControls(this, (message) => this.#addressOf(message), false);
    this.#listen();
    this.#turn(unfolded);
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#log.open();
  }

  close() {
    this.#closing.abort();
    clearInterval(this.#ticking);
    cancelAnimationFrame(this.#drawing);
    this.#log.close();
    this.element.remove();
  }

  #listen() {
    for (const event of ["backlog", "batch"]) this.#log.addEventListener(event, () => this.#drawSoon());
    this.#log.addEventListener("state", () => this.#tick());
    this.#fold.addEventListener("click", () => this.#turn(!this.unfolded));
    this.#scroller.addEventListener("click", ({ target }) => {
      const leadsElsewhere = target instanceof Element && target.closest("a");
      if (!this.unfolded && !leadsElsewhere) this.#turn(true);
    });
    this.element.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !this.unfolded) return;
      this.#turn(false);
      this.#fold.focus();
    });
    onBackOnline(() => this.#log.hurry(), this.#closing.signal);
  }

  /** @param {boolean} unfolded */
  #turn(unfolded) {
    this.unfolded = unfolded;
    this.#fold.setAttribute("aria-expanded", String(unfolded));
    this.element.className = `compact ${unfolded ? "unfolded" : "folded"}`;
    if (unfolded) this.#scroller.tabIndex = 0;
    else this.#scroller.removeAttribute("tabindex");
    this.#draw();
    this.#scroller.scrollTop = unfolded ? this.#scroller.scrollHeight : 0;
    this.#tick();
  }

  /** Once per frame: many messages may come between two of them. */
  #drawSoon() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  #draw() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    const following = scrollHeight - clientHeight - scrollTop < 2;
    /** @type {Map<string, HTMLElement>} */
    const rows = new Map();
    for (const line of this.#lastLines()) {
      const key = `${line.messages[0].id} ${line.messages.length}`;
      rows.set(key, this.#rows.get(key) ?? this.#row(line));
    }
    for (const [key, row] of this.#rows) if (!rows.has(key)) row.remove();
    let previous = /** @type {HTMLElement | null} */ (null);
    for (const row of rows.values()) {
      if (row.parentNode !== this.#list)
        if (previous) previous.after(row);
        else this.#list.prepend(row);
      previous = row;
    }
    this.#rows = rows;
    if (following && this.unfolded) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** The lines that are shown. */
  get lines() {
    return this.#lastLines();
  }

  /** @param {number} id @returns {Message | undefined} the message with this id, if the log still holds it */
  message(id) {
    return this.#log.backlog.messages.findLast((message) => message.id === id);
  }

  /** Unfold a part of a line, or fold it again. @param {number} id of its first message @param {"text" | "times"} part */
  unfold(id, part) {
    const name = `${part} ${id}`;
    if (!this.#unfolded.delete(name)) this.#unfolded.add(name);
    this.#drawAnew();
  }

  #drawAnew() {
    this.#rows.clear();
    keepFocus(this.#list, () => {
      this.#list.replaceChildren();
      this.#draw();
    });
  }

  /** Move the focus to another line. @param {number} step @param {number} id of the line before; 0 for none */
  focusNext(step, id) {
    const lines = this.#lastLines();
    const index = lines.findIndex(({ messages: [first] }) => first.id === id);
    const next = lines.at(id ? Math.max(index + step, 0) : -1);
    if (!next) return;
    focusLine(this.#list, next.messages[0].id);
    this.#list.querySelector(":focus")?.scrollIntoView({ block: "nearest" });
  }

  /** The URL of a message, on the page of its site. @param {Message} message */
  #addressOf({ id, site }) {
    return new URL(`watch/${site}?id=${id}`, this.#source).href;
  }

  #lastLines() {
    const lines = new Lines(EVERYTHING, (timestamp) => this.#clock.day(timestamp), this.#log.cuts);
    for (const message of this.#log.backlog.messages.slice(-MANY)) lines.add(message);
    return lines.items.slice(-(this.unfolded ? UNFOLDED : FOLDED));
  }

  /** @param {Line} line */
  #row(line) {
    const made = row(line, {
      clock: this.#clock,
      sites: this.#sites,
      search: searchFor(""),
      filtered: false,
      address: (message) => this.#addressOf(message),
      unfolded: this.#unfolded,
      named: null,
      current: 0,
    });
    // Here, a press on them shows nothing else.
    const [first] = line.messages;
    made.querySelector(".level")?.setAttribute("title", changeOf(first)?.long ?? first.log_level);
    const { site } = first;
    made.querySelector(".site")?.setAttribute("title", withName(site, this.#sites.nameOf(site)));
    return made;
  }

  #tick() {
    this.#state.dataset.state = this.#log.state;
    const words = this.#log.words(this.#clock);
    if (this.#state.textContent !== words) this.#state.textContent = words;
    this.#scroller.dataset.words = this.#log.rejection || "No messages yet.";
    for (const row of this.#rows.values()) updateAge(row);
    this.#showSites();
  }

  #showSites() {
    const { all, last } = this.#sites;
    const at = this.#log.lost ?? now(); // without a connection, nobody is silent because of that
    const words = this.#log.statistics.known ? silenceNote(all, last, this.#clock, at) : "";
    if (this.#silence.textContent !== words) this.#silence.textContent = words;
    this.#muteMark.show(all, this.#clock, at);
    if (!this.#sites.changed()) return;
    this.#heading.show(this.#sites.nameOf);
    this.#drawAnew();
  }
}
