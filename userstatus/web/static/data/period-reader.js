/** Reads all messages of a period, page by page from the newest back, whatever a page on the screen holds of them. */

import { LEVELS } from "./levels.js";
import { INSTANT_S } from "./period.js";
import { AFTER_ALL_IDS, Rejection, requestMessages } from "./recent-logs.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./period.js").Period} Period */

/**
 * @typedef {object} Query
 * @property {string | URL} source the service's base URL
 * @property {string} sites comma-separated, or `*`
 * @property {Set<string>} levels
 * @property {(message: Message) => boolean} matches
 * @property {Period} period
 */

/**
 * How far it is: `read` messages, of which `matching` match; `done` is the part of the period, from 0 to 1.
 * @typedef {{read: number, matching: number, done: number}} Progress
 */

const PAGE = 5000; // messages per request
const RETRIES_MS = [1000, 2000, 4000]; // the waits before a request is tried again

export class PeriodReader {
  /** Why messages are missing; empty if none are. */
  missing = "";
  /** The period that was read, without an open beginning. @type {Period} */
  period;
  /** @type {Progress} */
  progress = { read: 0, matching: 0, done: 0 };
  #query;
  #signal;

  /** @param {Query} query @param {AbortSignal} signal stops it; what has been read until then counts */
  constructor(query, signal) {
    this.#query = query;
    this.#signal = signal;
    this.period = query.period;
  }

  /**
   * The messages that match, in pages: the newest page first, and in each page the oldest message first. Ends early,
   * with the reason in `missing`, where it is stopped or the service does not answer.
   * @returns {AsyncGenerator<Message[], void>}
   */
  async *pages() {
    try {
      const [oldest] = (await this.#request("order=oldest&limit=1", AFTER_ALL_IDS)).found;
      if (oldest) yield* this.#back(oldest);
    } catch (error) {
      this.missing = this.#signal.aborted
        ? "stopped"
        : `not all could be read: ${/** @type {Error} */ (error).message}`;
    }
  }

  /** @param {Message} oldest at which the period begins */
  async *#back(oldest) {
    this.period = { ...this.period, from: this.period.from ?? oldest.received_at };
    let before = AFTER_ALL_IDS;
    for (let more = true; more; ) {
      const page = await this.#request(`limit=${PAGE}`, before);
      more = page.more && page.found.length > 0;
      before = page.found[0]?.id ?? before;
      const matching = page.found.filter((message) => this.#query.matches(message));
      this.#advance(page.found, matching.length, oldest);
      yield matching;
    }
    this.progress = { ...this.progress, done: 1 };
    if (before > oldest.id) this.missing = "some expired while they were read";
  }

  /** @param {Message[]} found @param {number} matching how many of them match @param {Message} oldest */
  #advance(found, matching, oldest) {
    const { to } = this.period;
    const reached = found[0]?.received_at ?? oldest.received_at;
    this.progress = {
      read: this.progress.read + found.length,
      matching: this.progress.matching + matching,
      done: Math.min(1, (to - reached) / Math.max(to - oldest.received_at, INSTANT_S)),
    };
  }

  /** @param {string} parameters @param {number} before an id */
  async #request(parameters, before) {
    const { source, sites, levels } = this.#query;
    const { from, to } = this.period;
    // Both bounds of the service are exclusive.
    const after = from === null ? "" : `&received_after=${(from - INSTANT_S).toFixed(6)}`;
    const some = levels.size < LEVELS.length ? `&log_level=${[...levels].join(",")}` : "";
    const search = `site=${sites}&before_id=${before}&${parameters}${after}&received_before=${to.toFixed(6)}${some}`;
    for (const wait of RETRIES_MS) {
      try {
        return await requestMessages(source, search, this.#signal);
      } catch (error) {
        if (this.#signal.aborted || error instanceof Rejection) throw error;
        await pause(wait, this.#signal);
      }
    }
    return requestMessages(source, search, this.#signal);
  }
}

/** @param {number} milliseconds @param {AbortSignal} signal ends it early */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", resolve, { once: true });
  });
}
