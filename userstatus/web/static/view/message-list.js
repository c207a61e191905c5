/** The messages of a log view: its lines as a virtual list, the day that is visible, and the way back to the newest. */

import { Lines } from "../data/lines.js";
import { dividers } from "./divider.js";
import { element } from "./element.js";
import { row, updateAge } from "./rows.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("../data/feed.js").Message} Message */
/** @typedef {import("../data/lines.js").Line} Line */
/** @typedef {import("../data/clock.js").Clock} Clock */

/**
 * @typedef {object} Options
 * @property {import("../data/backlog.js").Backlog} backlog
 * @property {import("../data/view-state.js").ViewState} view
 * @property {Clock} clock
 * @property {import("../data/cuts.js").Cuts} cuts of the connection
 * @property {boolean} severalSites whether each line names its site
 */

/**
 * Events: `top`, when older messages are wanted; `moved` (detail: the first and the last visible message).
 */
export class MessageList extends EventTarget {
  /** The times of the lines are shown by it from the next `arrange` on. @type {Clock} */
  clock;
  #backlog;
  #view;
  #severalSites;
  #cuts;
  #lines;
  #virtualList;
  #endWords = "";
  #unread = 0; // lines that have been added while the viewer read further up
  #list = element("div", { class: "list", role: "list" });
  #end = element("div", { class: "end" });
  #scroller = element(
    "div",
    { class: "scroller", tabindex: 0, role: "region", "aria-label": "Messages" },
    this.#list,
    this.#end,
  );
  #day = element("div", { class: "today", "aria-hidden": "true", hidden: true });
  #newest = element("button", { class: "new", type: "button", hidden: true });

  /** @param {Options} options */
  constructor({ backlog, view, clock, cuts, severalSites }) {
    super();
    this.#backlog = backlog;
    this.#view = view;
    this.clock = clock;
    this.#cuts = cuts;
    this.#severalSites = severalSites;
    this.#lines = this.#noLines();
    this.element = element("div", { class: "frame" }, this.#day, this.#newest, this.#scroller);
    this.#virtualList = new VirtualList(this.#scroller, this.#list, (/** @type {Line} */ line) =>
      this.#row(line),
    );
    this.#virtualList.addEventListener("following", () => {
      this.#unread = 0;
      this.#offerNewest();
    });
    this.#virtualList.addEventListener("top", () => this.dispatchEvent(new Event("top")));
    this.#virtualList.addEventListener("moved", () => this.#moved());
    this.#newest.addEventListener("click", () => this.follow(true));
  }

  close() {
    this.#virtualList.close();
  }

  /** Whether the newest message stays visible. */
  get following() {
    return this.#virtualList.following;
  }

  /** @param {boolean} following */
  follow(following) {
    this.#virtualList.follow(following);
  }

  showFirst() {
    this.#virtualList.showFirst();
  }

  /** Show the first message for which this is true. @param {(message: Message) => boolean} matches */
  showFrom(matches) {
    const index = this.#lines.items.findIndex(({ messages }) => messages.some(matches));
    if (index >= 0) this.#virtualList.show(index);
  }

  focus() {
    this.#scroller.focus();
  }

  /** Show whether the connection was cut after the last line. */
  showEnd() {
    const made = dividers([...this.#lines.lastCuts, ...this.#cuts.last()], this.clock);
    const words = made.map(({ textContent }) => textContent).join();
    if (words === this.#endWords) return;
    this.#endWords = words;
    this.#end.replaceChildren(...made);
    this.#virtualList.update();
  }

  /** Grey the lines that have become old. */
  updateAges() {
    for (const line of this.#list.children) updateAge(/** @type {HTMLElement} */ (line));
  }

  /** @param {Message} message */
  matches(message) {
    return this.#lines.matches(message);
  }

  /** Add messages that have just arrived. @param {Message[]} messages @returns {Message[]} those that are shown */
  add(messages) {
    /** @type {Set<Line>} */
    const changed = new Set();
    const shown = [];
    for (const message of messages) {
      const line = this.#lines.add(message, true);
      if (!line) continue;
      changed.add(line);
      shown.push(message);
    }
    this.#virtualList.update(...changed);
    if (!this.following) this.#unread += shown.length;
    this.#offerNewest();
    return shown;
  }

  /** Make all lines anew, from the backlog and the view state. */
  arrange() {
    const list = this.#virtualList;
    const reading = list.following ? undefined : list.visible()?.[0].messages[0].id;
    this.#lines = this.#noLines();
    for (const message of this.#backlog.messages) this.#lines.add(message);
    list.items = this.#lines.items;
    list.refresh();
    if (reading !== undefined) this.showFrom(({ id }) => id >= reading);
    this.#list.classList.toggle("empty", this.#lines.items.length === 0);
    const wantsOlder = list.short && this.#backlog.more && !this.#backlog.full;
    this.#list.dataset.words = wantsOlder ? "Reading older messages…" : this.#nothing();
    if (wantsOlder) this.dispatchEvent(new Event("top"));
  }

  /** Why there is nothing to see. */
  #nothing() {
    const { messages, more } = this.#backlog;
    if (!messages.length) return "No messages yet.";
    const among = more ? ` among the newest ${messages.length.toLocaleString("en")}` : "";
    return `No message${among} is as you want to see it.`;
  }

  #noLines() {
    return new Lines(this.#view, (timestamp) => this.clock.day(timestamp), this.#cuts);
  }

  /** @param {Line} line */
  #row(line) {
    return row(line, {
      clock: this.clock,
      severalSites: this.#severalSites,
      pattern: this.#lines.pattern,
      named: this.#view.id,
    });
  }

  #moved() {
    const visible = this.#virtualList.visible();
    const [first, last] = visible?.map(({ messages }) => messages[0]) ?? [];
    this.#day.textContent = first ? this.clock.day(first.timestamp) : "";
    if (first) this.dispatchEvent(new CustomEvent("moved", { detail: [first, last] }));
  }

  #offerNewest() {
    this.#newest.hidden = this.following;
    this.#day.hidden = this.following;
    this.#newest.textContent = this.#unread ? `${this.#unread} new ↓` : "newest ↓";
  }
}
