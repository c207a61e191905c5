/** The log of some sites on a page: it puts the data and the parts of the view together. */

import { STEP_S } from "../data/activity.js";
import { Clock, now } from "../data/clock.js";
import { KnownSites } from "../data/known-sites.js";
import { LiveLog } from "../data/live-log.js";
import { fromQuery, showAll } from "../data/view-state.js";
import { Address } from "./address.js";
import { Announcer } from "./announcer.js";
import { onBackOnline } from "./back-online.js";
import { Banner } from "./banner.js";
import { ConnectionBand } from "./connection-band.js";
import { Filters } from "./filters.js";
import { Histogram } from "./histogram.js";
import { Keys } from "./keys.js";
import { LineControls } from "./line-controls.js";
import { LOG_KEYS } from "./log-keys.js";
import { Matches } from "./matches.js";
import { MessageList } from "./message-list.js";
import { Navigation } from "./navigation.js";
import { PageTitle } from "./page-title.js";
import { recall } from "./preferences.js";
import { Saving } from "./saving.js";
import { Silence } from "./silence.js";
import { SiteHeading } from "./site-heading.js";
import { TimeField } from "./time-field.js";
import { Toolbar } from "./toolbar.js";

const TICK_MS = 1000; // between updates of how long ago things were
const DAY_S = 86_400;

/**
 * `source` is the service's base URL; `sites` are comma-separated, or `*`; `wholePage` is whether the page is for this
 * log alone.
 * @typedef {{source: string | URL, sites: string, wholePage: boolean}} Options
 */

export class LogView {
  #options;
  #view;
  #clock;
  #log;
  #sites;
  /** @type {SiteHeading | undefined} */
  #heading;
  #toolbar;
  #histogram;
  #banner = new Banner();
  #list;
  #announcer = new Announcer();
  #navigation;
  #controls;
  #timeField;
  #band = new ConnectionBand();
  #title;
  #silence;
  #address;
  #filters;
  #matches;
  #keys;
  #closing = new AbortController();
  #ticking;

  /** @param {ShadowRoot} root @param {Options} options */
  constructor(root, options) {
    const { source, sites, wholePage } = options;
    this.#options = options;
    this.#view = fromQuery(wholePage ? location.search : "");
    this.#view.local ||= recall("zone") === "local";
    this.#clock = new Clock(this.#view.local);
    this.#log = new LiveLog(source, sites, STEP_S);
    this.#sites = new KnownSites(sites, this.#log);
    this.#title = wholePage ? new PageTitle() : undefined;
    this.#heading = wholePage ? undefined : new SiteHeading(sites, source);
    this.#silence = new Silence(this.#sites, this.#log, this.#heading);
    this.#timeField = new TimeField(this.#view);
    this.#toolbar = new Toolbar(this.#view, this.#silence.element, this.#sites);
    this.#histogram = new Histogram(source, sites, this.#clock, () => this.#counted());
    this.#list = this.#makeList();
    this.#controls = new LineControls(this.#list, (message) => this.#addressOf(message), wholePage);
    this.#navigation = new Navigation(this.#log, this.#list, this.#banner, () => this.#clock);
    this.#address = new Address(this.#view, wholePage, this.#closing.signal);
    this.#filters = new Filters(this.#view, this.#list, this.#address);
    this.#matches = new Matches(this.#log, this.#list, this.#view, this.#toolbar.searchBox);
    this.#keys = new Keys(LOG_KEYS, {
      toolbar: this.#toolbar,
      list: this.#list,
      matches: this.#matches,
      navigation: this.#navigation,
      timeField: this.#timeField,
    });
    this.#place(root);
    this.#listenToLog();
    this.#listenToViewer();
    this.#listenToPage(wholePage ? document : root.host);
    this.#toolbar.showZone(this.#clock.zone());
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
    this.#open();
  }

  #makeList() {
    return new MessageList({
      backlog: this.#log.backlog,
      view: this.#view,
      clock: this.#clock,
      cuts: this.#log.cuts,
      rows: { sites: this.#sites, address: (message) => this.#addressOf(message) },
    });
  }

  close() {
    this.#closing.abort();
    clearInterval(this.#ticking);
    this.#log.close();
    this.#matches.close();
    this.#toolbar.searchBox.close();
    this.#list.close();
    this.#histogram.close();
    this.#toolbar.alerts.close();
    this.#band.close();
    this.#title?.close();
    this.#silence.close();
    for (const part of this.#elements()) part.remove();
  }

  /** @param {ShadowRoot} root */
  #place(root) {
    this.#list.element.append(this.#toolbar.searchBox.back);
    this.#histogram.days.append(this.#matches.errorSteps.element, this.#timeField.element);
    root.append(...this.#elements());
    this.#offerToSave(root);
  }

  #elements() {
    const lines = [this.#banner, this.#list, this.#announcer];
    const parts = [this.#heading, this.#band, this.#toolbar, this.#histogram, ...lines, this.#keys];
    return parts.flatMap((part) => part?.element ?? []);
  }

  async #open() {
    if (this.#address.wrong) this.#banner.show(this.#address.wrong);
    const accepted = await this.#log.open();
    if (this.#log.rejection) this.#banner.show(this.#log.rejection);
    if (accepted) await this.#goToNamed();
  }

  /** Go to the message or the time that the view state names. @returns {Promise<boolean>} whether it names one */
  async #goToNamed() {
    const { id, at } = this.#view;
    if (id !== null) await this.#goTo(id);
    else if (at !== null) await this.#navigation.goToTime(at);
    return id !== null || at !== null;
  }

  /** Go to a message, which is shown even if the filter hides it. @param {number} id */
  async #goTo(id) {
    const found = await this.#navigation.goTo(id);
    if (!found || this.#list.matches(found)) return;
    showAll(this.#view);
    this.#toolbar.show();
    this.#viewChanged();
    this.#banner.show(
      "The line that was asked for does not match the search and levels: everything is shown now.",
    );
    await this.#navigation.goTo(id);
  }

  /** What the histogram counts. */
  #counted() {
    const { search, only, levels } = this.#view;
    const { messages, more, live } = this.#log.backlog;
    const found = search || only ? () => this.#list.lines.flatMap((line) => line.messages) : null;
    const from = more ? (messages[0]?.received_at ?? 0) : 0;
    const to = live ? Number.POSITIVE_INFINITY : (messages.at(-1)?.received_at ?? 0);
    return { levels, found, from, to };
  }

  /** @param {ShadowRoot} root */
  #offerToSave(root) {
    const { source, sites } = this.#options;
    const [view, { backlog }, menu] = [this.#view, this.#log, this.#toolbar.saveMenu];
    const known = this.#sites;
    const options = { source, sites, known, view, backlog, menu, clock: () => this.#clock };
    new Saving(root, options, this.#closing.signal);
  }

  /** Lines name their sites and say why they are late: that may be known after they have been shown. */
  #showSites() {
    if (!this.#sites.changed()) return;
    this.#heading?.show(this.#sites.nameOf);
    if (this.#view.search) this.#list.arrange();
    else this.#list.refresh();
  }

  /** The URL of a message, on a page like this one. @param {import("../data/feed.js").Message} message */
  #addressOf({ id, site }) {
    const { source, sites, wholePage } = this.#options;
    return new URL(`watch/${wholePage ? sites : site}?id=${id}`, source).href;
  }

  #listenToLog() {
    const log = this.#log;
    log.addEventListener("backlog", () => this.#list.extend());
    log.addEventListener("message", (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      this.#toolbar.alerts.notify(detail);
      this.#title?.count(detail);
      this.#histogram.activity.add(detail);
    });
    log.addEventListener("batch", (event) => this.#add(/** @type {CustomEvent} */ (event).detail));
    log.addEventListener("state", () => this.#tick());
    log.addEventListener("gap", () =>
      this.#banner.show("Part of what came while this page was away has expired, and is not shown."),
    );
    log.addEventListener("replaced", () => {
      this.#view.id = this.#view.at = null;
      this.#histogram.activity.refresh();
      this.#banner.show("The service has begun a new log. What was shown here may not be in it.");
    });
  }

  #listenToViewer() {
    const [toolbar, list] = [this.#toolbar, this.#list];
    toolbar.addEventListener("view", () => {
      this.#view.id = this.#view.at = null;
      this.#viewChanged();
    });
    toolbar.searchBox.addEventListener("leave", () => list.focus());
    toolbar.searchBox.addEventListener("back", () => this.#filters.back());
    this.#filters.addEventListener("view", (event) => {
      toolbar.show();
      this.#viewChanged(/** @type {CustomEvent} */ (event).detail);
    });
    toolbar.alerts.addEventListener("open", (event) =>
      this.#goToLine(/** @type {CustomEvent} */ (event).detail),
    );
    this.#histogram.addEventListener("jump", (event) =>
      this.#navigation.goToTime(/** @type {CustomEvent} */ (event).detail),
    );
    list.addEventListener("top", () => this.#navigation.older());
    list.addEventListener("bottom", () => this.#navigation.newer());
    list.addEventListener("newest", () => this.#navigation.newest());
    list.addEventListener("lines", () => this.#histogram.redraw());
    list.addEventListener("moved", (event) => {
      const [first, last] = /** @type {CustomEvent} */ (event).detail;
      this.#histogram.mark(first.received_at, last.received_at);
      this.#toolbar.saveMenu.periodChoice.offer(last.received_at > now() - DAY_S);
    });
    this.#timeField.addEventListener("time", (event) => {
      list.focus();
      this.#goToTime(/** @type {CustomEvent} */ (event).detail);
    });
    this.#controls.addEventListener("line", (event) =>
      this.#nameLine(/** @type {CustomEvent} */ (event).detail),
    );
    this.#address.addEventListener("back", (event) =>
      this.#goBack(/** @type {CustomEvent} */ (event).detail),
    );
  }

  /** @param {EventTarget} keys where keys are pressed that are meant for the log */
  #listenToPage(keys) {
    const { signal } = this.#closing;
    this.#keys.listen(keys, signal);
    this.#toolbar.moreMenu.addEventListener("keys", () => this.#keys.showList());
    onBackOnline(() => this.#log.hurry(), signal);
    this.#navigation.addEventListener("newest", () => this.#forgetPlace());
  }

  /** @param {{messages: import("../data/feed.js").Message[], beyond: import("../data/feed.js").Message[], trimmed: boolean}} batch */
  #add({ messages, beyond, trimmed }) {
    const shown = this.#list.add(messages, beyond);
    if (trimmed) this.#list.arrange();
    this.#announcer.announce(shown);
    this.#tick();
  }

  /** Put a message into the URL, from which the browser's back leads here. Its line stays where it is. @param {import("../data/feed.js").Message} message */
  #nameLine({ id }) {
    const { place } = this.#list;
    Object.assign(this.#view, { id, at: null });
    this.#address.push(place);
    this.#list.follow(false);
    this.#list.refresh();
  }

  /** The viewer is back at the newest line: the URL no longer names another place. */
  #forgetPlace() {
    if (this.#view.id === null && this.#view.at === null) return;
    const named = this.#view.id !== null;
    this.#view.id = this.#view.at = null;
    this.#address.replace();
    if (named) this.#list.refresh();
  }

  /** Go to a message, from which the browser's back leads here. @param {import("../data/feed.js").Message} message */
  #goToLine(message) {
    this.#nameLine(message);
    this.#goTo(message.id);
  }

  /** Go to a time, from which the browser's back leads here. @param {number} at unix seconds */
  #goToTime(at) {
    const { place } = this.#list;
    Object.assign(this.#view, { id: null, at });
    this.#address.push(place);
    this.#navigation.goToTime(at);
  }

  /** The browser has gone back or forth. @param {import("./message-list.js").Anchor | null} place where the viewer was */
  async #goBack(place) {
    this.#filters.returned(place);
    if (place && !this.#log.backlog.messages.some(({ id }) => id === place.id))
      await this.#navigation.goTo(place.id);
    else if (!place && !(await this.#goToNamed())) await this.#navigation.newest();
  }

  /** The viewer has chosen to see something else. @param {import("./message-list.js").Anchor} [anchor] */
  #viewChanged(anchor) {
    this.#address.replace();
    this.#showView(anchor);
  }

  /** @param {import("./message-list.js").Anchor} [anchor] */
  #showView(anchor) {
    this.#clock = new Clock(this.#view.local);
    this.#toolbar.showZone(this.#clock.zone());
    this.#histogram.clock = this.#clock;
    this.#list.clock = this.#clock;
    this.#toolbar.searchBox.offerBack(this.#filters.inContext);
    this.#list.arrange(anchor);
    this.#tick();
  }

  /** Show the state, and how long ago things were. */
  #tick() {
    this.#toolbar.showState(this.#log.state, this.#log.words(this.#clock));
    this.#silence.show(this.#clock);
    this.#band.show(this.#log.outage(this.#clock));
    this.#title?.showLost(this.#band.lost);
    this.#list.showEnd();
    this.#showSites();
    this.#list.updateAges();
  }
}
