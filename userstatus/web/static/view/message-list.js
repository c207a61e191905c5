/** The messages of a log view: its lines as a virtual list, the day that is visible, and the way back to the newest. */

import { LineMaker } from "../data/line-maker.js";
import { Lines } from "../data/lines.js";
import { isFiltered } from "../data/view-state.js";
import { dividers } from "./divider.js";
import { element } from "./element.js";
import { focusLine, keepFocus } from "./line-focus.js";
import { Newest } from "./newest.js";
import { Nothing } from "./nothing.js";
import { row, updateAge } from "./rows.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("../data/feed.js").Message} Message */
/** @typedef {import("../data/lines.js").Line} Line */

/**
 * @typedef {object} Options
 * @property {import("../data/backlog.js").Backlog} backlog
 * @property {import("../data/view-state.js").ViewState} view
 * @property {import("../data/clock.js").Clock} clock
 * @property {import("../data/cuts.js").Cuts} cuts of the connection
 * @property {Pick<import("./rows.js").Options, "sites" | "address">} rows
 */

/**
 * A message, and how far below the upper edge of what is visible its line is to stay, in pixels.
 * @typedef {{id: number, below: number}} Anchor
 */

/**
 * Events: `top`, when older messages are wanted, `bottom`, when newer ones are; `newest`, when the viewer wants to see the
 * newest; `moved` (detail: the first and the last visible message); `lines`, when there are others; `unmarked`, when the
 * line that the viewer has gone to is no longer marked.
 */
export class MessageList extends EventTarget {
  /** The times of the lines are shown by it from the next `arrange` on. @type {Options["clock"]} */
  clock;
  #backlog;
  #view;
  #cuts;
  #rowOptions;
  #lines;
  #maker = new LineMaker();
  /** The first and the last message that lines have been made of. @type {(Message | undefined)[]} */
  #made = [];
  /** Where to go as soon as there are lines. @type {((message: Message) => boolean) | undefined} */
  #target = undefined;
  #current = 0; // the id of a message in the line that the viewer has gone to
  #virtualList;
  #endWords = "";
  /** The parts of lines that the viewer has unfolded. @type {Set<string>} */
  #unfolded = new Set();
  #siteWidth = 0; // of the longest site code so far, in characters
  #newest = new Newest();
  #list = element("div", { class: "list", role: "list" });
  #end = element("div", { class: "end" });
  nothing = new Nothing();
  #scroller = element(
    "div",
    { class: "scroller", tabindex: 0, role: "region", "aria-label": "Messages" },
    this.#list,
    this.#end,
    this.nothing.element,
  );

  /** @param {Options} options */
  constructor({ backlog, view, clock, cuts, rows }) {
    super();
    this.#rowOptions = { ...rows, unfolded: this.#unfolded };
    this.#backlog = backlog;
    this.#view = view;
    this.clock = clock;
    this.#cuts = cuts;
    this.#lines = this.#noLines();
    this.element = element("div", { class: "frame" }, ...this.#newest.elements, this.#scroller);
    this.#virtualList = new VirtualList(this.#scroller, this.#list, (/** @type {Line} */ line) =>
      this.#row(line),
    );
    this.#virtualList.addEventListener("following", () => {
      if (this.following) this.mark(0);
      this.#newest.following = this.following;
    });
    for (const name of ["top", "bottom"])
      this.#virtualList.addEventListener(name, () => this.dispatchEvent(new Event(name)));
    const readOn = () => backlog.full || this.dispatchEvent(new Event("bottom"));
    this.#virtualList.addEventListener("ended", readOn);
    this.#virtualList.addEventListener("moved", () => this.#moved());
    this.#newest.addEventListener("newest", () => this.dispatchEvent(new Event("newest")));
  }

  close() {
    this.#maker.stop();
    this.#virtualList.close();
  }

  /** The lines, all of which match the view state. */
  get lines() {
    return this.#lines.items;
  }

  /** Whether lines are being made, and the ones before are shown. */
  get busy() {
    return this.#maker.busy;
  }

  /** The index of the line that the viewer has gone to; -1 if there is none. */
  get current() {
    const index = this.#current ? this.#lines.indexOf(this.#current) : -1;
    return this.lines[index]?.messages.some(({ id }) => id === this.#current) ? index : -1;
  }

  /** The indexes of the first and the last visible line. @returns {[number, number]} */
  get visible() {
    const [first, last] = this.#virtualList.visible() ?? [];
    return [this.#indexOf(first), this.#indexOf(last)];
  }

  /** Mark the line of a message as the one that the viewer has gone to. @param {number} id 0 for none */
  mark(id) {
    const before = this.lines[this.current];
    this.#current = id;
    const now = this.lines[this.current];
    const changed = [before, now].filter((line) => line !== undefined);
    if (before !== now) keepFocus(this.#list, () => this.#virtualList.update(...changed));
    if (before && !now) this.dispatchEvent(new Event("unmarked"));
  }

  /** Go to a line. @param {number} index */
  goTo(index) {
    this.mark(this.lines[index].messages[0].id);
    this.#virtualList.reveal(index);
  }

  /** @param {number} id @returns {Message | undefined} the message with this id, if it is shown */
  message(id) {
    return this.lines[this.#lines.indexOf(id)]?.messages.find((message) => message.id === id);
  }

  /** Where a message is on the screen. @param {number} id */
  anchor(id) {
    return { id, below: this.#virtualList.below(this.#lines.indexOf(id)) };
  }

  /** Whether the newest message stays visible. */
  get following() {
    return this.#virtualList.following;
  }

  /** @param {boolean} following */
  follow(following) {
    this.#virtualList.follow(following);
  }

  /** Scroll as the viewer wants to. @param {number} distance in pixels, down */
  scrollBy(distance) {
    this.#virtualList.scrollBy(distance);
  }

  /** How much is visible at once, in pixels. */
  get pageHeight() {
    return this.#scroller.clientHeight;
  }

  showFirst() {
    this.#virtualList.showFirst();
  }

  /** Show the first message for which this is true. @param {(message: Message) => boolean} matches */
  showFrom(matches) {
    this.#target = this.busy ? matches : undefined;
    const index = this.lines.findIndex(({ messages }) => messages.some(matches));
    // If none of those that are here are shown, the list reads on from its end.
    if (this.lines.length) this.#virtualList.show(index < 0 ? this.lines.length - 1 : index);
  }

  /** Make the visible lines anew: what they look like has changed. */
  refresh() {
    keepFocus(this.#list, () => this.#virtualList.refresh());
  }

  focus() {
    this.#scroller.focus({ preventScroll: true });
  }

  /** Move the focus to another line. @param {number} step @param {number} id of a message of the line before; 0 for none */
  focusNext(step, id) {
    const [first, last] = this.visible;
    const start = step > 0 && !this.following ? first : last;
    const index = id ? this.#lines.indexOf(id) + step : start;
    if (!this.lines[index]) return;
    if (index === this.lines.length - 1) this.follow(true);
    else this.#virtualList.reveal(index);
    focusLine(this.#list, this.lines[index].messages[0].id);
  }

  /** Unfold a part of a line, or fold it again. @param {number} id of its first message @param {"text" | "times"} part */
  unfold(id, part) {
    const name = `${part} ${id}`;
    if (!this.#unfolded.delete(name)) this.#unfolded.add(name);
    const line = this.lines[this.#lines.indexOf(id)];
    if (line) keepFocus(this.#list, () => this.#virtualList.update(line));
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

  /**
   * Add messages that have just arrived.
   * @param {Message[]} messages @param {Message[]} [beyond] more that came, which are not of this part of the log
   * @returns {Message[]} those that are shown
   */
  add(messages, beyond = []) {
    /** @type {Set<Line>} */
    const changed = new Set();
    const shown = [];
    for (const message of messages) {
      const line = this.#lines.add(message, true);
      if (!line) continue;
      changed.add(line);
      shown.push(message);
    }
    this.#made[1] = this.#backlog.messages.at(-1);
    keepFocus(this.#list, () => this.#fitSites() || this.#virtualList.update(...changed));
    this.#sayNothing();
    if (changed.size) this.dispatchEvent(new Event("lines"));
    this.#newest.add(shown.length + beyond.filter((message) => this.matches(message)).length);
    return shown;
  }

  /** Make all lines anew, from the backlog and the view state. @param {Anchor} [anchor] what stays where it is */
  arrange(anchor) {
    const lines = this.#noLines();
    this.#maker.make(lines, this.#backlog.messages, () => this.#replace(lines, anchor));
    if (this.busy) this.dispatchEvent(new Event("lines"));
  }

  /** The backlog begins earlier, or is another one. */
  extend() {
    const { messages } = this.#backlog;
    const [first, last] = this.#made;
    this.#virtualList.openEnd = !this.#backlog.live;
    if (!this.#backlog.live) this.follow(false);
    const added = first ? messages.indexOf(first) : -1;
    if (this.busy || added < 1 || messages.at(-1) !== last) {
      this.arrange();
      return;
    }
    const older = this.#noLines();
    this.#maker.make(older, messages.slice(0, added), () => this.#prepend(older));
  }

  /** @param {Lines} lines @param {Anchor | null} [anchor] */
  #replace(lines, anchor = this.place) {
    const list = this.#virtualList;
    this.#lines = lines;
    list.items = lines.items;
    this.#fitSites();
    keepFocus(this.#list, () => list.refresh());
    const index = anchor ? lines.indexOf(anchor.id) : -1;
    if (anchor && index >= 0) list.show(index, anchor.below);
    this.#haveMade();
  }

  /** @param {Lines} older */
  #prepend(older) {
    const joined = this.#lines.prepend(older);
    keepFocus(this.#list, () => this.#virtualList.replace(this.lines, joined ? [joined] : []));
    this.#fitSites();
    this.#haveMade();
  }

  /** Where the viewer is: at the first visible line, or at the newest message (null). @returns {Anchor | null} */
  get place() {
    const visible = this.following ? undefined : this.#virtualList.visible();
    return visible ? this.anchor(visible[0].messages[0].id) : null;
  }

  #haveMade() {
    const { messages } = this.#backlog;
    this.#made = [messages[0], messages.at(-1)];
    this.#sayNothing();
    if (this.#target) this.showFrom(this.#target);
    this.dispatchEvent(new Event("lines"));
    if (this.#wantsOlder) this.dispatchEvent(new Event("top"));
  }

  get #wantsOlder() {
    return this.#virtualList.short && this.#backlog.more && !this.#backlog.full;
  }

  #sayNothing() {
    this.nothing.explain(this.lines.length > 0, this.#wantsOlder, this.#backlog);
  }

  /** The column of site codes is as wide as the longest one, so that texts begin below each other. @returns {boolean} whether all lines have been made anew */
  #fitSites() {
    const { longestSite } = this.#lines;
    if (longestSite <= this.#siteWidth) return false;
    this.#siteWidth = longestSite;
    this.#list.style.setProperty("--site-characters", String(longestSite));
    this.#virtualList.remeasure();
    return true;
  }

  /** @param {Line | undefined} line */
  #indexOf(line) {
    return line ? this.#lines.indexOf(line.messages[0].id) : -1;
  }

  #noLines() {
    return new Lines(this.#view, (time) => this.clock.day(time), this.#cuts, this.#rowOptions.sites.nameOf);
  }

  /** @param {Line} line */
  #row(line) {
    return row(line, {
      ...this.#rowOptions,
      clock: this.clock,
      search: this.#lines.search,
      filtered: isFiltered(this.#view),
      named: this.#view.id,
      current: this.#current,
    });
  }

  #moved() {
    const visible = this.#virtualList.visible();
    const [first, last] = visible?.map(({ messages }) => messages[0]) ?? [];
    this.#newest.showDay(first ? this.clock.day(first.received_at) : "");
    if (first) this.dispatchEvent(new CustomEvent("moved", { detail: [first, last] }));
  }
}
