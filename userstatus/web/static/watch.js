/** What a viewer watches: the backlog first, then what comes, and all that the viewer does with it. */

import { Alerts } from "./alerts.js";
import { Clock, duration, now } from "./clock.js";
import { copy } from "./copy.js";
import { asText, save } from "./download.js";
import { element } from "./element.js";
import { Feed } from "./feed.js";
import { Histogram } from "./histogram.js";
import { History, MOST, Refused } from "./history.js";
import { Lines } from "./lines.js";
import { age, row } from "./row.js";
import { Tail } from "./tail.js";
import { Toolbar } from "./toolbar.js";
import { fromQuery, toQuery } from "./view.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./lines.js").Line} Line */

const TOGETHER = 30; // milliseconds in which what comes is shown together
const SAID = 2000; // milliseconds for which a button says what it has done

export class Watch {
  /**
   * @param {ShadowRoot} root
   * @param {{source: string, sites: string, wholePage: boolean}} options the service's base URL; site codes with
   *   commas, or `*`; whether the page is for this alone
   */
  constructor(root, { source, sites, wholePage }) {
    this.source = source;
    this.sites = sites;
    this.wholePage = wholePage;
    this.view = fromQuery(wholePage ? location.search : "");
    this.clock = new Clock(this.view.local);
    this.history = new History(source, sites);
    this.lines = this._newLines();
    /** @type {Feed | undefined} */
    this.feed = undefined;
    this.alerts = new Alerts(wholePage);
    this.toolbar = new Toolbar(this.view);
    this.histogram = new Histogram(source, sites, this.clock);
    this._new = 0; // lines that came while the viewer read further up
    /** @type {Message[]} */
    this._came = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._gathering = undefined;
    this._wanted = 0; // the time that was last jumped to
    this._leaving = new AbortController();

    this._noticed = element("span");
    const dismiss = element("button", { type: "button", "aria-label": "Dismiss" }, "×");
    this._notice = element("div", { class: "notice", role: "alert", hidden: true }, this._noticed, dismiss);
    this._list = element("div", { class: "list", role: "list" });
    this._scroller = element(
      "div",
      { class: "scroller", tabindex: 0, role: "region", "aria-label": "Messages" },
      this._list,
    );
    this._day = element("div", { class: "today", "aria-hidden": "true", hidden: true });
    this._newest = element("button", { class: "new", type: "button", hidden: true });
    this._live = element("div", { class: "unseen", "aria-live": "polite" });
    this._content = [
      this.toolbar.element,
      this.histogram.element,
      this._notice,
      element("div", { class: "frame" }, this._day, this._newest, this._scroller),
      this._live,
    ];
    root.append(...this._content);

    this.tail = new Tail(this._scroller, this._list, (/** @type {Line} */ line) => this._row(line));
    this.tail.addEventListener("following", () => this._followed());
    this.tail.addEventListener("top", () => this._older());
    this.tail.addEventListener("moved", () => this._moved());
    this.toolbar.addEventListener("view", () => this._viewed());
    this.toolbar.addEventListener("save", (event) => this._save(/** @type {CustomEvent} */ (event).detail));
    this.toolbar.addEventListener("alert", (event) => this._alert(/** @type {CustomEvent} */ (event).detail));
    this.histogram.addEventListener("jump", (event) => this._jump(/** @type {CustomEvent} */ (event).detail));
    this._newest.addEventListener("click", () => this.tail.follow(true));
    this._list.addEventListener("click", (event) => this._act(event));
    dismiss.addEventListener("click", () => {
      this._notice.hidden = true;
    });
    const keys = wholePage ? document : root.host;
    keys.addEventListener(
      "keydown",
      (event) => this._key(/** @type {KeyboardEvent} */ (event)),
      this._leaving,
    );
    addEventListener("beforeprint", () => this.tail.showAll(true), this._leaving);
    addEventListener("afterprint", () => this.tail.showAll(false), this._leaving);

    this.toolbar.zone(this.clock.zone());
    this._ticking = setInterval(() => this._tick(), 1000);
    this._tick();
    this._begin();
  }

  close() {
    this._leaving.abort();
    clearInterval(this._ticking);
    clearTimeout(this._gathering);
    this.feed?.close();
    this.tail.close();
    this.histogram.close();
    this.alerts.close();
    for (const part of this._content) part.remove();
  }

  async _begin() {
    const { signal } = this._leaving;
    this.histogram.glances.refresh();
    try {
      const cursor = await this.history.begin(signal);
      if (signal.aborted) return;
      this._arrange();
      this._listen(cursor);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refused)) throw error;
      this.toolbar.say("refused", "refused");
      this._tell(error.message);
      return;
    }
    if (this.view.id !== null) await this._goToNamed(this.view.id);
  }

  /** @param {string} cursor */
  _listen(cursor) {
    this.feed = new Feed(this.source, this.sites, cursor);
    this.feed.addEventListener("message", (event) =>
      this._receive(/** @type {CustomEvent} */ (event).detail),
    );
    this.feed.addEventListener("state", () => this._tick());
    this.feed.addEventListener("gap", () =>
      this._tell("Part of what came while this page was away has expired, and is not shown."),
    );
    this.feed.addEventListener("replaced", () => this._beginAgain());
    this._tick();
  }

  /** The service has another log than before. */
  async _beginAgain() {
    const until = this.history.messages.at(-1)?.received_at ?? now();
    this._came = [];
    this.history.clear();
    this.view.id = null;
    this._arrange();
    this._tell("The service has begun a new log. What was shown here may not be in it.");
    await this._begin();
    const unseen = this.history.messages.filter(({ received_at }) => received_at > until);
    for (const message of unseen) if (this.lines.wants(message)) this.alerts.tell(message);
  }

  /** @param {Message} message */
  _receive(message) {
    // At once: a browser lets the timers of a page that nobody looks at wait for up to a minute.
    if (this.lines.wants(message)) this.alerts.tell(message);
    this._came.push(message);
    if (!this._gathering) this._show();
  }

  /** Show what has come; and what comes right after it, as in a storm or after a long absence, together. */
  _show() {
    const came = this._came;
    this._came = [];
    this._take(came);
    this._gathering = setTimeout(() => {
      this._gathering = undefined;
      if (this._came.length) this._show();
    }, TOGETHER);
  }

  /** @param {Message[]} messages that have just come */
  _take(messages) {
    /** @type {Set<Line>} */
    const changed = new Set();
    const shown = [];
    let dropped = false;
    for (const message of messages) {
      dropped = this.history.add(message) || dropped;
      this.histogram.glances.add(message);
      const line = this.lines.add(message, true);
      if (!line) continue;
      changed.add(line);
      shown.push(message);
    }
    if (dropped) this._arrange();
    else this.tail.update(...changed);
    if (!this.tail.following) this._new += shown.length;
    this._offer();
    this._speak(shown);
    this._tick();
  }

  /** For who listens instead of looking. @param {Message[]} shown */
  _speak(shown) {
    const last = shown.at(-1);
    if (!last) return;
    this._live.textContent =
      shown.length === 1
        ? `${last.site}, ${last.log_level}: ${last.message}`
        : `${shown.length} new messages`;
  }

  _newLines() {
    return new Lines(this.view, (timestamp) => this.clock.day(timestamp));
  }

  /** Make all lines anew. */
  _arrange() {
    const reading = this.tail.following ? undefined : this.tail.visible()?.[0].messages[0].id;
    this.lines = this._newLines();
    for (const message of this.history.messages) this.lines.add(message);
    this.tail.items = this.lines.items;
    this.tail.refresh();
    if (reading !== undefined) this._showFrom(({ id }) => id >= reading);
    const { messages, more, full } = this.history;
    this._list.classList.toggle("empty", this.lines.items.length === 0);
    const among = more ? ` among the newest ${messages.length.toLocaleString("en")}` : "";
    this._list.dataset.words = messages.length
      ? `No message${among} is as you want to see it.`
      : "No messages yet.";
    if (this.tail.short && more && !full) {
      this._list.dataset.words = "Reading older messages…";
      this._older();
    }
  }

  /** @param {Line} line */
  _row(line) {
    return row(line, {
      clock: this.clock,
      several: this.sites === "*" || this.sites.includes(","),
      pattern: this.lines.pattern,
      named: this.view.id,
    });
  }

  /** Show the first message that is wanted. @param {(message: Message) => boolean} wanted */
  _showFrom(wanted) {
    const index = this.lines.items.findIndex(({ messages }) => messages.some(wanted));
    if (index >= 0) this.tail.show(index);
  }

  /** Read back as far as it takes, or as far as there is something. @param {() => boolean} enough */
  async _readBack(enough) {
    while (!enough() && (await this._older()));
  }

  /** @returns {Promise<boolean>} whether there are older messages now than before */
  async _older() {
    const { signal } = this._leaving;
    if (this.history.full && this.history.more)
      this._tell(
        `A page holds ${MOST.toLocaleString("en")} messages, and this one has no room for older ones.`,
      );
    try {
      if (!(await this.history.older(signal)) || signal.aborted) return false;
      this._arrange();
      return true;
    } catch (error) {
      if (!signal.aborted)
        this._tell(`Older messages could not be read: ${/** @type {Error} */ (error).message}`);
      return false;
    }
  }

  /** @param {number} id */
  async _goToNamed(id) {
    const { history } = this;
    await this._readBack(() => history.messages.length > 0 && history.messages[0].id <= id);
    if (!history.messages.some((message) => message.id === id))
      this._tell("The message that this link leads to has expired, or was never in this log.");
    this._showFrom((message) => message.id >= id);
  }

  /** @param {number} time unix seconds */
  async _jump(time) {
    const { history } = this;
    this._wanted = time;
    // Later than now is the clock of a telescope that goes wrong.
    const reached = (/** @type {Message} */ { timestamp }) => timestamp >= time && timestamp <= now() + 60;
    await this._readBack(
      () => this._wanted !== time || (history.messages.length > 0 && history.messages[0].timestamp < time),
    );
    if (this._wanted !== time) return;
    if (history.messages.some(reached)) this._showFrom(reached);
    else this.tail.follow(true);
  }

  /** What the viewer wants to see is another now. */
  _viewed() {
    this.view.id = null;
    this.clock = new Clock(this.view.local);
    this.toolbar.zone(this.clock.zone());
    this.histogram.clock = this.clock;
    this.histogram.draw();
    if (this.wholePage)
      history.replaceState(null, "", location.pathname + toQuery(this.view, location.search));
    this._arrange();
    this._tick();
  }

  /** Another part is seen now. */
  _moved() {
    const seen = this.tail.visible();
    this._day.textContent = seen ? this.clock.day(seen[0].messages[0].timestamp) : "";
    if (seen) this.histogram.see(seen[0].messages[0].timestamp, seen[1].messages[0].timestamp);
  }

  _followed() {
    this._new = 0;
    this._offer();
  }

  _offer() {
    this._newest.hidden = this.tail.following;
    this._day.hidden = this.tail.following;
    this._newest.textContent = this._new ? `${this._new} new ↓` : "newest ↓";
  }

  /** @param {string} text that the viewer should know */
  _tell(text) {
    this._noticed.textContent = text;
    this._notice.hidden = false;
  }

  _tick() {
    if (this.feed) this.toolbar.say(this.feed.state, this.feed.words(this.clock));
    else if (this._notice.hidden) this.toolbar.say("connecting", "connecting…");
    const last = this.history.messages.at(-1);
    this.toolbar.heard(last ? `last message ${duration(now() - last.timestamp)} ago` : "no messages yet");
    for (const line of this._list.children) age(/** @type {HTMLElement} */ (line));
  }

  /** @param {import("./download.js").Format} format */
  _save(format) {
    const shown = this.lines.items.flatMap(({ messages }) => messages);
    save(shown, format, `userstatus-${this.sites.replaceAll(",", "-").replace("*", "all")}`);
  }

  /** @param {{level: string, sound: boolean}} chosen */
  async _alert({ level, sound }) {
    this.toolbar.hint(await this.alerts.choose(level, sound));
  }

  /** Copy a line, or a link to it. @param {MouseEvent} event */
  async _act({ target }) {
    if (!(target instanceof HTMLButtonElement)) return;
    const id = Number(/** @type {HTMLElement | null} */ (target.closest(".line"))?.dataset.id);
    const message = this.history.messages.find((each) => each.id === id);
    if (!message) return;
    const words = target.textContent;
    const link = new URL(`watch/${message.site}?id=${id}`, this.source);
    try {
      await copy(target.value === "link" ? link.href : asText(message));
      target.textContent = "copied";
    } catch {
      target.textContent = "not allowed";
    }
    setTimeout(() => {
      target.textContent = words;
    }, SAID);
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    // The histogram has keys of its own.
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const [target] = event.composedPath();
    if (target instanceof HTMLInputElement && target.type === "search") {
      if (event.key === "Escape") this._scroller.focus();
      return;
    }
    if (event.key === "/") this.toolbar.search();
    else if (event.key === "Home") this.tail.showFirst();
    else if (event.key === "End") this.tail.follow(true);
    else if (event.key === "f") this.tail.follow(!this.tail.following);
    else if (event.key === "t") this.toolbar.switchZone();
    else return;
    event.preventDefault();
  }
}
