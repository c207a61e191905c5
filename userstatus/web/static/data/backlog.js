/**
 * The backlog: the messages that a page holds, a part of the log without holes. It reaches the newest message and grows as
 * more arrive, or the viewer has gone to another part of the log, which grows as it is read in either direction.
 */

import { AFTER_ALL_IDS, Rejection, requestMessages } from "./recent-logs.js";

/** @typedef {import("./feed.js").Message} Message */

const FIRST_PAGE = 1000; // messages: quick to load, and more than a screen
const PAGE = 5000; // messages per request for more
const RETRY_MS = 2000;
export const MAX_MESSAGES = 100_000;
const SLACK = 10_000; // messages beyond the limit until the backlog is trimmed, which is slow

export class Backlog {
  /** In the order of their ids. @type {Message[]} */
  messages = [];
  /** Whether the service has older messages. */
  more = false;
  /** Whether it reaches the newest message. */
  live = true;
  #source;
  #sites;
  #upTo = 0; // everything up to this id that belongs here is here, if it is live
  #announced = 0; // the id of the newest message that has arrived
  #asked = 0; // the same, as of the last request that may end at the newest message
  #underWay = 0; // requests of this kind
  /** Messages that have arrived since that request, while there is one. @type {Message[]} */
  #meanwhile = [];
  #part = 0; // counts the parts of the log that it has been: a response for another one comes too late
  /** @type {Promise<boolean> | undefined} */
  #readingOlder = undefined;
  /** @type {Promise<boolean> | undefined} */
  #readingNewer = undefined;

  /** @param {string | URL} source the service's base URL @param {string} sites comma-separated, or `*` */
  constructor(source, sites) {
    this.#source = source;
    this.#sites = sites;
  }

  get full() {
    return this.messages.length >= MAX_MESSAGES;
  }

  /**
   * Read the newest messages, retrying until the service answers.
   * @param {AbortSignal} signal
   * @returns {Promise<string>} the cursor to continue from
   * @throws {Rejection}
   */
  async begin(signal) {
    for (;;) {
      try {
        const { found, more, cursor, upTo } = await this.#request(newest(), FIRST_PAGE, signal);
        this.#become(found, more);
        this.live = true;
        this.#upTo = upTo;
        return cursor;
      } catch (error) {
        if (signal.aborted || error instanceof Rejection) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /**
   * Become the part of the log that begins at a place: after an id, after a time, or in front of the newest messages. So it
   * is if there is nothing after the id or the time.
   * @param {{afterId: number} | {after: number} | "newest"} place an id, or unix seconds of receipt
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it has, and not another one meanwhile
   */
  async goTo(place, signal) {
    this.#part += 1;
    const part = this.#part;
    const query = place === "newest" ? newest() : `order=oldest&${after(place)}`;
    const { found, more, upTo } = await this.#requestToEnd(query, FIRST_PAGE, signal);
    if (part !== this.#part) return false;
    if (!found.length && place !== "newest") return this.goTo("newest", signal);
    this.#become(found, place === "newest" ? more : true);
    this.live = false;
    if (place === "newest" || !more) this.#reach(upTo);
    return true;
  }

  /**
   * Read a page of older messages, if there are any. Where there is no room, the newest ones are dropped.
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether there are others now
   */
  older(signal) {
    this.#readingOlder ??= this.#older(signal).finally(() => {
      this.#readingOlder = undefined;
    });
    return this.#readingOlder;
  }

  /**
   * Read a page of newer messages, unless it reaches the newest one. Where there is no room, the oldest ones are dropped.
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether there are others now
   */
  newer(signal) {
    this.#readingNewer ??= this.#newer(signal).finally(() => {
      this.#readingNewer = undefined;
    });
    return this.#readingNewer;
  }

  /** A message has arrived, after all those before. @param {Message} message @returns {boolean} whether it is here now */
  add(message) {
    this.#announced = message.id;
    if (this.#underWay) this.#meanwhile.push(message);
    if (!this.live || message.id <= this.#upTo) return false;
    this.#upTo = message.id;
    this.messages.push(message);
    return true;
  }

  /** Make room, if there are too many messages. @returns {boolean} whether the oldest ones were dropped */
  trim() {
    if (this.messages.length < MAX_MESSAGES + SLACK) return false;
    this.messages.splice(0, this.messages.length - MAX_MESSAGES);
    this.more = true;
    return true;
  }

  clear() {
    this.#become([], false);
    this.live = true;
    this.#upTo = this.#announced = 0;
  }

  /** @param {AbortSignal} signal */
  async #older(signal) {
    const [oldest] = this.messages;
    if (!this.more || !oldest) return false;
    const { found, more } = await this.#request(`before_id=${oldest.id}`, PAGE, signal);
    if (this.messages[0] !== oldest) return false; // trimmed, or another part by now
    this.more = more;
    this.messages = [...found, ...this.messages];
    if (this.messages.length >= MAX_MESSAGES + SLACK) {
      this.messages.length = MAX_MESSAGES;
      this.live = false;
    }
    return true;
  }

  /** @param {AbortSignal} signal */
  async #newer(signal) {
    const newestHere = this.messages.at(-1);
    if (this.live || !newestHere) return false;
    const part = this.#part;
    const place = { afterId: newestHere.id };
    const { found, more, upTo } = await this.#requestToEnd(`order=oldest&${after(place)}`, PAGE, signal);
    if (part !== this.#part || this.messages.at(-1) !== newestHere) return false;
    this.messages = [...this.messages, ...found];
    if (!more) this.#reach(upTo);
    this.trim();
    return true;
  }

  /** @param {Message[]} messages @param {boolean} more */
  #become(messages, more) {
    this.#part += 1;
    this.messages = messages;
    this.more = more;
    // Nothing that was asked for before belongs here; it must not keep this from being read.
    this.#readingOlder = this.#readingNewer = undefined;
  }

  /**
   * A response has ended at the newest message that the service knew: what has arrived since then follows.
   * @param {number} upTo the id up to which the response was complete
   */
  #reach(upTo) {
    // Another process, which lags behind, may have answered: what is missing then is still to be read.
    if (upTo < this.#asked) return;
    this.live = true;
    this.#upTo = upTo;
    const arrived = this.#meanwhile;
    this.#meanwhile = [];
    for (const message of arrived) this.add(message);
  }

  /** Ask for messages up to the newest one, as far as they fit. @param {string} query @param {number} limit @param {AbortSignal} signal */
  async #requestToEnd(query, limit, signal) {
    this.#asked = this.#announced;
    this.#meanwhile = [];
    this.#underWay += 1;
    try {
      return await this.#request(query, limit, signal);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** @param {string} query @param {number} limit @param {AbortSignal} signal */
  #request(query, limit, signal) {
    return requestMessages(this.#source, `site=${this.#sites}&${query}&limit=${limit}`, signal);
  }
}

function newest() {
  return `before_id=${AFTER_ALL_IDS}`;
}

/** @param {{afterId: number} | {after: number}} place */
function after(place) {
  return "after" in place ? `received_after=${place.after}` : `after_id=${place.afterId}`;
}
