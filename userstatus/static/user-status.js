/**
 * The element `<user-status site="tst">`: what a site has said, what it says now, and nothing missing between.
 *
 * Attributes: `site` (several with commas, `*` is every site); `src`, the service's base URL, by default the
 * one that this module comes from; `theme` (dark, light, red); `view-in-url`, for a page with one of them.
 */

import { Alerts } from "./alerts.js";
import { bars, together } from "./bars.js";
import { Clock, duration } from "./clock.js";
import { asText, FORMATS, save } from "./download.js";
import { Feed } from "./feed.js";
import { read, readPatiently } from "./history.js";
import { LEVELS, SIGNS } from "./levels.js";
import { append, passes } from "./lines.js";
import { Tail } from "./tail.js";
import { fromQuery, toQuery } from "./view.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./lines.js").Line} Line */

const HOME = new URL("..", import.meta.url); // where /static is
const OLD = 1800; // seconds after which a line is greyed
const MOST = 50_000; // messages that are kept, of which the oldest go
const STEP = 900; // seconds of a bar in the histogram
const TOGETHER = 30; // milliseconds in which what comes is shown together
const PAGE = 5000; // older messages that are read at a time

const SHAPE = `
<link rel="stylesheet">
<div class="bar">
 <span class="state" role="status"></span>
 <span class="last"></span>
 <input class="search" type="search" placeholder="Search  ( / )" aria-label="Search in messages">
 <fieldset class="levels"><legend class="unseen">Levels</legend></fieldset>
 <button class="zone" type="button"></button>
 <details class="more"><summary>More</summary><div>
  <p>Save what is shown as <span class="formats"></span></p>
  <label>Alert me from <select class="alert"><option value="">no level on</option></select></label>
  <label><input class="sound" type="checkbox"> with a sound</label>
  <p class="keys">Keys: <kbd>/</kbd> search, <kbd>End</kbd> newest, <kbd>f</kbd> follow, <kbd>t</kbd> time zone</p>
 </div></details>
</div>
<div class="histogram" role="slider" tabindex="0" aria-valuenow="100" aria-label="The last 24 hours: jump to a time"></div>
<p class="notice" role="alert" hidden></p>
<div class="scroller" tabindex="0" role="region" aria-label="Messages"><div class="list" role="list"></div></div>
<button class="new" type="button" hidden></button>
<div class="unseen" aria-live="polite"></div>`;

class UserStatus extends HTMLElement {
  static observedAttributes = ["site", "src"];

  connectedCallback() {
    this._start();
  }

  disconnectedCallback() {
    this._stop();
  }

  attributeChangedCallback() {
    if (!this._leaving) return;
    this._stop();
    this._start();
  }

  _stop() {
    this._leaving?.abort();
    this._leaving = undefined;
    clearInterval(this._ticking);
    this._feed?.close();
    this._tail?.close();
    this._alerts?.close();
  }

  async _start() {
    this._leaving = new AbortController();
    const { signal } = this._leaving;
    this._sites = this.getAttribute("site") ?? "*";
    this._source = new URL(this.getAttribute("src") ?? HOME, document.baseURI);
    this._several = this._sites === "*" || this._sites.includes(",");
    this._view = fromQuery(this.hasAttribute("view-in-url") ? location.search : "");
    this._clock = new Clock(this._view.local);
    /** @type {Message[]} */
    this._messages = [];
    this._new = 0;
    this._more = false;
    this._alerts = new Alerts();
    this._build();
    await new Promise((resolve) => {
      this._styles.onload = this._styles.onerror = resolve;
    });
    if (signal.aborted) return;
    this._tail = new Tail(this._one(".scroller"), this._one(".list"), (line) => this._element(line));
    this._tail.addEventListener("following", () => this._followed());
    this._tail.addEventListener("top", () => this._older());
    this._ticking = setInterval(() => this._tick(), 1000);
    this._tick();
    const { messages, more, cursor } = await readPatiently(String(this._source), this._sites, signal);
    if (signal.aborted) return;
    this._more = more;
    this._messages = messages;
    this._arrange();
    this._live(Math.max(cursor, messages.at(-1)?.id ?? 0));
    this._histogram();
    if (this._view.id !== null) await this._goTo(({ id }) => id >= /** @type {number} */ (this._view.id));
  }

  /** @template {HTMLElement} E @param {string} selector @returns {E} */
  _one(selector) {
    return /** @type {E} */ (/** @type {ShadowRoot} */ (this.shadowRoot).querySelector(selector));
  }

  _build() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.innerHTML = SHAPE;
    this._styles = /** @type {HTMLLinkElement} */ (root.querySelector("link"));
    this._styles.href = new URL("user-status.css", import.meta.url).href;
    for (const level of LEVELS) {
      const box = Object.assign(document.createElement("input"), { type: "checkbox", value: level });
      box.checked = this._view.levels.has(level);
      box.onchange = () => {
        if (box.checked) this._view.levels.add(level);
        else this._view.levels.delete(level);
        this._viewed();
      };
      const label = document.createElement("label");
      label.className = level;
      label.append(box, `${SIGNS[level]} ${level}`);
      this._one(".levels").append(label);
      this._one(".alert").append(new Option(level, level));
    }
    for (const format of Object.keys(FORMATS)) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: format.toUpperCase() });
      button.onclick = () => save(this._shown(), format, `userstatus-${this._sites?.replaceAll(",", "-").replace("*", "all")}`);
      this._one(".formats").append(button, " ");
    }
    /** @type {HTMLInputElement} */
    const search = this._one(".search");
    search.value = this._view.search;
    search.oninput = () => {
      this._view.search = search.value;
      this._viewed();
    };
    this._one(".zone").onclick = () => this._switchZone();
    this._one(".new").onclick = () => this._tail?.follow(true);
    /** @type {HTMLSelectElement} */
    const alert = this._one(".alert");
    /** @type {HTMLInputElement} */
    const sound = this._one(".sound");
    alert.onchange = sound.onchange = () => this._alerts?.choose(alert.value, sound.checked);
    this._one(".histogram").onclick = (event) => this._jump(event);
    this._one(".histogram").onkeydown = (event) => this._step(event);
    this._one(".list").onclick = (event) => this._act(event);
    this._one(".zone").textContent = this._clock?.zone ?? "";
    document.addEventListener("keydown", (event) => this._key(event), this._leaving);
  }

  /** @param {number} cursor */
  _live(cursor) {
    const { signal } = /** @type {AbortController} */ (this._leaving);
    const feed = new Feed(String(this._source), String(this._sites), cursor);
    this._feed = feed;
    /** @type {Message[]} */
    let came = [];
    feed.addEventListener("message", (event) => {
      if (!came.length)
        setTimeout(() => {
          if (!signal.aborted) this._take(came);
          came = [];
        }, TOGETHER);
      came.push(/** @type {CustomEvent} */ (event).detail);
    });
    feed.addEventListener("state", () => this._tick());
    feed.addEventListener("gap", () =>
      this._notice("Part of what came while this page was away has expired, and is not shown."),
    );
    feed.addEventListener("replaced", () => {
      this._messages = [];
      this._arrange();
      this._notice("The service has begun a new log. What was shown here is not in it.");
    });
    this._tick();
  }

  /** @param {Message[]} messages that have just come */
  _take(messages) {
    const tail = /** @type {Tail<Line>} */ (this._tail);
    const filter = this._filter();
    const stale = new Set();
    let added = 0;
    for (const message of messages) {
      this._messages?.push(message);
      this._alerts?.tell(message);
      this._count(message);
      if (!passes(message, filter)) continue;
      stale.add(append(tail.items, message, (time) => this._clock?.day(time) ?? "", true));
      added += 1;
    }
    if (this._messages && this._messages.length > MOST * 1.1) {
      this._messages.splice(0, this._messages.length - MOST);
      this._more = true;
      this._arrange();
    } else tail.update(...stale);
    if (!tail.following) {
      this._new += added;
      this._offer();
    }
    if (added) this._one("[aria-live]").textContent = this._spoken(messages, added);
    this._draw();
    this._tick();
  }

  /** @param {Message[]} messages @param {number} added */
  _spoken(messages, added) {
    const last = messages[messages.length - 1];
    return added === 1 ? `${last.site}, ${last.log_level}: ${last.message}` : `${added} new messages`;
  }

  _filter() {
    const { levels, search } = /** @type {import("./view.js").View} */ (this._view);
    return { levels, search: search.toLowerCase() };
  }

  /** @returns {Message[]} */
  _shown() {
    return (this._tail?.items ?? []).flatMap((line) => line.messages);
  }

  /** Make all lines anew. */
  _arrange() {
    const tail = /** @type {Tail<Line>} */ (this._tail);
    const anchor = tail.following ? null : this._reading();
    const filter = this._filter();
    tail.items = [];
    for (const message of this._messages ?? [])
      if (passes(message, filter)) append(tail.items, message, (time) => this._clock?.day(time) ?? "");
    tail.refresh();
    if (anchor !== null) this._showFrom(({ id }) => id >= anchor);
    this._one(".list").classList.toggle("empty", tail.items.length === 0);
  }

  /** The id of the first message that is seen. */
  _reading() {
    const scroller = this._one(".scroller").getBoundingClientRect();
    for (const element of this._one(".list").children)
      if (element.getBoundingClientRect().bottom > scroller.top)
        return Number(/** @type {HTMLElement} */ (element).dataset.id);
    return null;
  }

  /** @param {(message: Message) => boolean} wanted */
  _showFrom(wanted) {
    const tail = /** @type {Tail<Line>} */ (this._tail);
    const index = tail.items.findIndex(({ messages }) => messages.some(wanted));
    if (index >= 0) tail.show(index);
    return index >= 0;
  }

  /** Show the first message that is wanted, reading back as far as it takes. @param {(message: Message) => boolean} wanted */
  async _goTo(wanted) {
    while (this._more && this._messages?.length && wanted(this._messages[0])) await this._older();
    this._showFrom(wanted);
  }

  async _older() {
    const { signal } = /** @type {AbortController} */ (this._leaving);
    this._reads ??= (async () => {
      if (!this._more || !this._messages?.length || this._messages.length >= MOST) return;
      const before = this._messages[0].id;
      const { messages, more } = await read(String(this._source), String(this._sites), before, PAGE);
      if (signal.aborted || this._messages[0]?.id !== before) return;
      this._more = more;
      this._messages.unshift(...messages);
      this._arrange();
    })()
      .catch((error) => {
        this._more = false;
        this._notice(`Older messages could not be read: ${error.message}`);
      })
      .finally(() => {
        this._reads = undefined;
      });
    await this._reads;
  }

  _viewed() {
    const view = /** @type {import("./view.js").View} */ (this._view);
    view.id = null;
    if (this.hasAttribute("view-in-url"))
      history.replaceState(null, "", location.pathname + toQuery(view, location.search));
    this._arrange();
  }

  _switchZone() {
    const view = /** @type {import("./view.js").View} */ (this._view);
    view.local = !view.local;
    this._clock = new Clock(view.local);
    this._one(".zone").textContent = this._clock.zone;
    this._viewed();
  }

  /** @param {Line} line @returns {HTMLElement} */
  _element(line) {
    const [message] = line.messages;
    const newest = line.messages[line.messages.length - 1];
    const clock = /** @type {Clock} */ (this._clock);
    const element = document.createElement("div");
    element.role = "listitem";
    element.className = `line ${message.log_level}`;
    element.dataset.id = String(message.id);
    element.dataset.time = String(newest.timestamp);
    age(element);
    element.classList.toggle("fresh", line.fresh);
    element.classList.toggle("named", line.messages.some(({ id }) => id === this._view?.id));
    line.fresh = false;
    if (line.starts) element.append(part("h3", "day", line.starts));
    const time = part("time", "time", clock.time(newest.timestamp));
    time.title = `${clock.day(message.timestamp)} ${clock.time(message.timestamp)} ${clock.zone}`;
    const level = part("span", "level", SIGNS[message.log_level]);
    level.ariaLabel = message.log_level;
    level.role = "img";
    const row = part("div", "row", "");
    row.append(time, " ", level, " ");
    if (this._several) row.append(part("span", "site", message.site), " ");
    const text = part("span", "text", "");
    mark(text, message.message, this._filter().search);
    row.append(text);
    if (line.messages.length > 1) row.append(" ", part("span", "count", `×${line.messages.length}`));
    const actions = part("span", "actions", "");
    actions.append(part("button", "copy", "copy"), part("button", "link", "link"));
    row.append(actions);
    element.append(row);
    return element;
  }

  /** Copy a line, or a link to it. @param {MouseEvent} event */
  async _act(event) {
    const button = /** @type {HTMLElement} */ (event.target);
    const id = Number(/** @type {HTMLElement | null} */ (button.closest(".line"))?.dataset.id);
    const message = this._messages?.find((each) => each.id === id);
    if (!message || !button.matches("button")) return;
    const link = new URL(`watch/${message.site}?id=${id}`, this._source);
    try {
      await navigator.clipboard.writeText(button.matches(".link") ? String(link) : asText(message));
      button.textContent = "copied";
    } catch {
      button.textContent = "not allowed";
    }
  }

  async _histogram() {
    try {
      const url = new URL("sites", this._source);
      url.search = `site=${this._sites}&activity=${STEP}`;
      const sites = await (await fetch(url)).json();
      this._activity = together(sites.map((/** @type {any} */ site) => site.activity));
      this._asked = Date.now();
      this._draw();
    } catch {
      // asked for again a minute later
    }
  }

  /** @param {Message} message */
  _count(message) {
    const bars = this._activity?.counts[message.log_level];
    if (bars) bars[bars.length - 1] += 1;
    else this._asked = 0;
  }

  _draw() {
    if (this._drawing) return;
    this._drawing = requestAnimationFrame(() => {
      this._drawing = 0;
      if (this._activity) this._one(".histogram").replaceChildren(bars(this._activity));
    });
  }

  /** @param {MouseEvent} event */
  _jump(event) {
    const box = this._one(".histogram").getBoundingClientRect();
    this._jumpTo((event.clientX - box.left) / box.width);
  }

  /** @param {KeyboardEvent} event */
  _step(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) this._jumpTo((this._at ?? 1) + (by * STEP) / 86_400);
  }

  /** @param {number} share of the last 24 hours */
  _jumpTo(share) {
    if (!this._activity) return;
    this._at = Math.min(1, Math.max(0, share));
    const time = this._activity.start + this._at * 86_400;
    const said = `${this._clock?.day(time)} ${this._clock?.time(time)} ${this._clock?.zone}`;
    this._one(".histogram").ariaValueText = said;
    this._one(".histogram").ariaValueNow = String(Math.round(this._at * 100));
    this._goTo(({ timestamp }) => timestamp >= time);
  }

  _followed() {
    this._new = 0;
    this._offer();
  }

  _offer() {
    const button = this._one(".new");
    button.hidden = this._tail?.following ?? true;
    button.textContent = this._new ? `${this._new} new ↓` : "newest ↓";
  }

  /** @param {string} text */
  _notice(text) {
    const notice = this._one(".notice");
    notice.textContent = text;
    notice.hidden = false;
  }

  _tick() {
    const shown = this._one(".state");
    const words = this._feed?.words ?? "connecting…";
    if (shown.textContent !== words) shown.textContent = words;
    shown.dataset.state = this._feed?.state ?? "connecting";
    const last = this._messages?.at(-1);
    this._one(".last").textContent = last ? `last message ${duration(Date.now() / 1000 - last.timestamp)} ago` : "no messages yet";
    for (const element of this._one(".list").children) age(/** @type {HTMLElement} */ (element));
    if (this._feed && Date.now() - (this._asked ?? 0) > 60_000) {
      this._asked = Date.now();
      this._histogram();
    }
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const inField = event.composedPath()[0] instanceof HTMLInputElement || event.composedPath()[0] instanceof HTMLSelectElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (inField) {
      if (event.key === "Escape") this._one(".scroller").focus();
      return;
    }
    if (event.key === "/") this._one(".search").focus();
    else if (event.key === "End") this._tail?.follow(true);
    else if (event.key === "f") this._tail?.follow(!this._tail.following);
    else if (event.key === "t") this._switchZone();
    else return;
    event.preventDefault();
  }
}

/** Grey a line that has become old. @param {HTMLElement} line */
function age(line) {
  line.classList.toggle("old", Date.now() / 1000 - Number(line.dataset.time) > OLD);
}

/** @param {string} name @param {string} kind @param {string} text */
function part(name, kind, text) {
  return Object.assign(document.createElement(name), { className: kind, textContent: text });
}

/** Put a text into an element, with what was searched for marked. @param {HTMLElement} element @param {string} text @param {string} search */
function mark(element, text, search) {
  const lower = search ? text.toLowerCase() : "";
  let from = 0;
  for (let at = search ? lower.indexOf(search) : -1; at >= 0; at = lower.indexOf(search, from)) {
    element.append(text.slice(from, at), part("mark", "", text.slice(at, at + search.length)));
    from = at + search.length;
  }
  element.append(text.slice(from));
}

customElements.define("user-status", UserStatus);
