/** How many messages came when, for as long as the service keeps them: counted there, and kept up to date with what arrives. */

import { byLevel, LEVELS } from "./levels.js";
import { request } from "./source.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./statistics.js").Activity} Activity */

export const STEP_S = 900; // counted together
const MAX_ADDED = 96; // intervals that have begun since the service was asked
const REFRESH_MS = 60_000; // until the service is asked again, because messages expire

/** All counts are by time of receipt. Event: `change`. */
export class ActivityOfAll extends EventTarget {
  /** @type {Activity | undefined} */
  counted = undefined;
  #source;
  #url;
  #lastId = 0; // counted up to here
  /** @type {Promise<void> | undefined} */
  #reading = undefined;
  /** @type {Message[]} messages that arrived during the request: the response may not include them */
  #meanwhile = [];
  #refreshing;

  /** @param {string | URL} source the service's base URL @param {string} sites comma-separated, or `*` */
  constructor(source, sites) {
    super();
    this.#source = source;
    this.#url = new URL("activity", source);
    this.#url.search = `site=${sites}&step=${STEP_S}`;
    this.#refreshing = setInterval(() => this.refresh(), REFRESH_MS);
  }

  close() {
    clearInterval(this.#refreshing);
  }

  /** Ask the service; ignore a failure, which the state of the connection shows anyway. */
  refresh() {
    this.#reading ??= this.#read()
      .catch(() => undefined)
      .finally(() => {
        this.#reading = undefined;
      });
  }

  /** @param {Message} message that has arrived */
  add(message) {
    if (this.#reading) this.#meanwhile.push(message);
    if (!this.counted || message.id <= this.#lastId) return;
    this.#lastId = message.id;
    const { start, step, counts } = this.counted;
    const place = Math.floor((message.received_at - start) / step);
    if (place > counts.info.length + MAX_ADDED) {
      this.refresh(); // the service's clock has been set
      return;
    }
    for (let length = counts.info.length; length <= place; length += 1)
      for (const level of LEVELS) counts[level].push(0);
    // A message from a time when the service's clock was ahead counts as received now.
    const last = counts.info.length - 1;
    counts[message.log_level][Math.min(Math.max(place, 0), last)] += 1;
    this.dispatchEvent(new Event("change"));
  }

  async #read() {
    this.#meanwhile = [];
    const response = await request(this.#url, this.#source);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    this.counted = /** @type {Activity} */ (await response.json());
    this.#lastId = Number(response.headers.get("X-Last-Id"));
    const meanwhile = this.#meanwhile;
    this.#meanwhile = [];
    for (const message of meanwhile) this.add(message);
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * The counts of the intervals from `first` on.
 * @param {Activity} activity @param {number} first @param {number} length of the part, in intervals
 * @returns {Activity}
 */
export function part({ start, step, counts }, first, length) {
  const from = Math.max(0, first);
  const before = from - first; // intervals that are not counted any more
  return {
    start: start + first * step,
    step,
    counts: byLevel((level) => [...new Array(before).fill(0), ...counts[level].slice(from, first + length)]),
  };
}

/** An activity of messages that are at hand. @param {Activity} like with this beginning and steps @param {Iterable<Message>} messages */
export function activityOf({ start, step, counts }, messages) {
  const length = counts.info.length;
  const found = byLevel(() => new Array(length).fill(0));
  for (const { log_level, received_at } of messages) {
    const place = Math.floor((received_at - start) / step);
    if (place >= 0 && place < length) found[log_level][place] += 1;
  }
  return { start, step, counts: found };
}

/** When an activity's last interval ends, in unix seconds. @param {Activity} activity */
export function endOf({ start, step, counts }) {
  return start + counts.info.length * step;
}
