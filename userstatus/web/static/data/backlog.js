/** The backlog: the messages that a page holds, read page by page from the newest back, and extended as more arrive. */

import { AFTER_ALL_IDS, Rejection, requestMessages } from "./recent-logs.js";

/** @typedef {import("./feed.js").Message} Message */

const FIRST_PAGE = 1000; // messages: quick to load, and more than a screen
const PAGE = 5000; // messages per request for older ones
const RETRY_MS = 2000;
export const MAX_MESSAGES = 100_000;
const SLACK = 10_000; // messages beyond the limit until the backlog is trimmed, which is slow

export class Backlog {
  /** In the order of their ids. @type {Message[]} */
  messages = [];
  /** Whether the service has older messages. */
  more = false;
  #source;
  #sites;
  /** @type {Promise<boolean> | undefined} */
  #reading = undefined;

  /** @param {string} source the service's base URL @param {string} sites comma-separated, or `*` */
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
        const { found, more, cursor } = await this.#page(AFTER_ALL_IDS, FIRST_PAGE, signal);
        this.messages = found;
        this.more = more;
        return cursor;
      } catch (error) {
        if (signal.aborted || error instanceof Rejection) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /**
   * Read a page of older messages, if there are any and there is room for them.
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether there are more messages now
   */
  older(signal) {
    this.#reading ??= this.#older(signal).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** @param {Message} message @returns {boolean} whether the oldest messages were dropped to make room */
  add(message) {
    this.messages.push(message);
    if (this.messages.length < MAX_MESSAGES + SLACK) return false;
    this.messages.splice(0, this.messages.length - MAX_MESSAGES);
    this.more = true;
    return true;
  }

  clear() {
    this.messages = [];
    this.more = false;
  }

  /** @param {AbortSignal} signal */
  async #older(signal) {
    const [oldest] = this.messages;
    if (!this.more || !oldest || this.full) return false;
    const { found, more } = await this.#page(oldest.id, PAGE, signal);
    if (this.messages[0] !== oldest) return false; // trimmed, or another log by now
    this.more = more;
    this.messages = [...found, ...this.messages];
    return true;
  }

  /** @param {number} before an id @param {number} limit @param {AbortSignal} signal */
  #page(before, limit, signal) {
    return requestMessages(this.#source, `site=${this.#sites}&before_id=${before}&limit=${limit}`, signal);
  }
}
