/** The log of some sites as a page holds it: the backlog, then live messages, with nothing missing in between. */

import { Backlog } from "./backlog.js";
import { now } from "./clock.js";
import { Cuts } from "./cuts.js";
import { Feed } from "./feed.js";
import { outage } from "./outage.js";
import { Rejection } from "./recent-logs.js";
import { Statistics } from "./statistics.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./feed.js").State | "rejected"} State */

const BATCH_MS = 30; // messages that arrive this close together, as in a storm or after an absence, come as one batch

/**
 * Events:
 * - `message` (detail: Message): a live message has arrived;
 * - `batch` (detail: `{messages, beyond, trimmed}`): live messages are in the backlog now, from which older ones may have
 *   been dropped to make room; those `beyond` came after its end, as it is of another part of the log;
 * - `backlog`: the backlog is another one, or begins earlier, or ends later;
 * - `state`; `gap`, as of the feed; `replaced`: the service has another log than before, which is being read.
 */
export class LiveLog extends EventTarget {
  /** The service's reason for rejecting the request, if it did. */
  rejection = "";
  /** Where the connection was lost. */
  cuts = new Cuts();
  #source;
  #sites;
  /** @type {Feed | undefined} */
  #feed = undefined;
  /** @type {Message[]} */
  #arrived = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #batching = undefined;
  #closing = new AbortController();
  #begun = now(); // to ask the service

  /**
   * @param {string | URL} source the service's base URL
   * @param {string} sites comma-separated, or `*`
   * @param {number} step seconds per interval of the statistics
   */
  constructor(source, sites, step) {
    super();
    this.#source = source;
    this.#sites = sites;
    this.backlog = new Backlog(source, sites);
    this.statistics = new Statistics(source, sites, step);
  }

  /** @returns {State} */
  get state() {
    return this.rejection ? "rejected" : (this.#feed?.state ?? "connecting");
  }

  /** When the connection was lost that has not come back yet, in unix seconds. */
  get lost() {
    return this.#feed?.lost ?? null;
  }

  /** Why what is shown may not be the present, if so. @param {import("./clock.js").Clock} clock */
  outage(clock) {
    return this.rejection ? null : outage(this.#feed, this.#begun, clock);
  }

  /** The state in words. @param {import("./clock.js").Clock} clock */
  words(clock) {
    if (this.rejection) return "rejected";
    return this.outage(clock)?.words ?? this.#feed?.words ?? "connecting…";
  }

  /** Read the newest messages, and receive all that follow. @returns {Promise<boolean>} whether the service agreed */
  async open() {
    const { signal } = this.#closing;
    this.#begun = now();
    this.statistics.refresh();
    let cursor = "";
    try {
      cursor = await this.backlog.begin(signal);
    } catch (error) {
      if (error instanceof Rejection) this.#reject(error); // otherwise the log has been closed
      return false;
    }
    if (signal.aborted) return false;
    // The statistics may be of a moment before: whether a site is muted may be said in between.
    for (const message of this.backlog.messages) this.statistics.add(message);
    this.dispatchEvent(new Event("backlog"));
    this.#follow(cursor);
    return true;
  }

  close() {
    this.#closing.abort();
    clearTimeout(this.#batching);
    this.#feed?.close();
    this.statistics.close();
  }

  /** The network or the viewer is back: see to the connection now. */
  hurry() {
    this.#feed?.hurry();
  }

  /** Read older messages. Rejects if the service does not answer. @returns {Promise<boolean>} whether there are more now */
  older() {
    return this.#read((signal) => this.backlog.older(signal));
  }

  /** Read newer messages, unless all are there. Rejects likewise. @returns {Promise<boolean>} whether there are more now */
  newer() {
    return this.#read((signal) => this.backlog.newer(signal));
  }

  /**
   * Go to another part of the log. Rejects likewise.
   * @param {Parameters<Backlog["goTo"]>[0]} place
   * @returns {Promise<boolean>} whether it is there now
   */
  goTo(place) {
    return this.#read((signal) => this.backlog.goTo(place, signal));
  }

  /** @param {(signal: AbortSignal) => Promise<boolean>} read */
  async #read(read) {
    const { signal } = this.#closing;
    try {
      if (!(await read(signal)) || signal.aborted) return false;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
    this.dispatchEvent(new Event("backlog"));
    return true;
  }

  /** @param {Rejection} rejection */
  #reject(rejection) {
    this.rejection = rejection.message;
    this.dispatchEvent(new Event("state"));
  }

  /** @param {string} cursor */
  #follow(cursor) {
    const feed = new Feed(this.#source, this.#sites, cursor);
    this.#feed = feed;
    feed.addEventListener("message", (event) => this.#receive(/** @type {CustomEvent} */ (event).detail));
    feed.addEventListener("state", () => this.#stateChanged(feed));
    feed.addEventListener("gap", () => {
      this.cuts.expire();
      this.dispatchEvent(new Event("gap"));
    });
    feed.addEventListener("replaced", () => this.#startOver());
    this.dispatchEvent(new Event("state"));
  }

  /** Read the log that has replaced the one before. What is new in it is announced as if it had arrived live. */
  async #startOver() {
    const until = this.backlog.messages.at(-1)?.received_at ?? now();
    this.#feed = undefined;
    this.#arrived = [];
    this.backlog.clear();
    this.cuts.clear();
    this.dispatchEvent(new Event("replaced"));
    this.dispatchEvent(new Event("backlog"));
    await this.open();
    for (const message of this.backlog.messages) if (message.received_at > until) this.#announce(message);
  }

  /** @param {Feed} feed */
  #stateChanged({ lost, since }) {
    if (lost === null) this.cuts.end(since);
    else this.cuts.lose(lost);
    this.dispatchEvent(new Event("state"));
  }

  /** @param {Message} message */
  #receive(message) {
    this.cuts.pass(message.id);
    // Not in the batch: browsers delay the timers of a page in the background by up to a minute.
    this.statistics.add(message);
    this.#announce(message);
    this.#arrived.push(message);
    if (!this.#batching) this.#takeBatch();
  }

  /** @param {Message} message */
  #announce(message) {
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  /** Take what has arrived: the first message at once, those right after it together. */
  #takeBatch() {
    const messages = this.#arrived;
    this.#arrived = [];
    const held = messages.filter((message) => this.backlog.add(message));
    const trimmed = this.backlog.live && this.backlog.trim();
    const beyond = this.backlog.live ? [] : messages;
    this.dispatchEvent(new CustomEvent("batch", { detail: { messages: held, beyond, trimmed } }));
    this.#batching = setTimeout(() => {
      this.#batching = undefined;
      if (this.#arrived.length) this.#takeBatch();
    }, BATCH_MS);
  }
}
