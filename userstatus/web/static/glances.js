/** Every site at a glance: what the service has counted of the last 24 hours, and what has come since. */

import { byLevel } from "./levels.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./levels.js").Level} Level */

/**
 * How many messages of each level came in every `step` seconds from `start` (unix seconds) on.
 * @typedef {{start: number, step: number, counts: Record<Level, number[]>}} Activity
 */

/**
 * A site, as `/sites` has it.
 * @typedef {{site: string, last: Message, counts: Record<Level, number>, activity: Activity}} Glance
 */

const AGAIN = 1000; // milliseconds until it is asked again for a site that was not in its answer yet
const REFRESH = 60_000; // milliseconds until the service is asked again, as the oldest falls out of the counts

/** Event: `change`. */
export class Glances extends EventTarget {
  /** @type {Map<string, Glance>} */
  sites = new Map();
  /** The last id that is counted, and the cursor from which on messages are to be added. */
  last = 0;
  cursor = "0";

  /**
   * @param {string} source the service's base URL
   * @param {string} sites with commas, or `*`
   * @param {number} step seconds that are counted together
   */
  constructor(source, sites, step) {
    super();
    this._url = new URL("sites", source);
    this._url.search = `site=${sites}&activity=${step}`;
    /** @type {Promise<void> | undefined} */
    this._asking = undefined;
    /** @type {Message[]} */
    this._meanwhile = []; // what has come since the service was asked: its answer may be without it
    this._refreshing = setInterval(() => this.refresh(), REFRESH);
  }

  close() {
    clearInterval(this._refreshing);
  }

  /** Ask the service. Rejects where it does not answer. */
  read() {
    this._asking ??= this._read().finally(() => {
      this._asking = undefined;
    });
    return this._asking;
  }

  /** Ask the service, or leave it as it is: the state of the connection says as much. */
  refresh() {
    this.read().catch(() => undefined);
  }

  /** Count a message. @param {Message} message */
  add(message) {
    if (this._asking) this._meanwhile.push(message);
    if (message.id <= this.last) return;
    const glance = this.sites.get(message.site);
    if (glance && message.id <= glance.last.id) return; // a long answer was made while messages came
    if (!glance) {
      this.refresh();
      return;
    }
    glance.last = message;
    glance.counts[message.log_level] += 1;
    const counts = glance.activity.counts[message.log_level];
    counts[counts.length - 1] += 1;
    this.dispatchEvent(new Event("change"));
  }

  /** The activity of all the sites together. @returns {Activity | undefined} */
  together() {
    const [first, ...others] = [...this.sites.values()].map(({ activity }) => activity);
    if (!first) return undefined;
    const counts = byLevel((level) =>
      first.counts[level].map((count, place) =>
        others.reduce((sum, other) => sum + other.counts[level][place], count),
      ),
    );
    return { ...first, counts };
  }

  async _read() {
    this._meanwhile = [];
    const answer = await fetch(this._url);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    /** @type {Glance[]} */
    const found = await answer.json();
    this.sites = new Map(found.map((glance) => [glance.site, glance]));
    this.last = Number(answer.headers.get("X-Last-Id"));
    this.cursor = answer.headers.get("X-Cursor") ?? "0";
    const meanwhile = this._meanwhile.filter(({ id }) => id > this.last);
    for (const message of meanwhile) if (this.sites.has(message.site)) this.add(message);
    if (meanwhile.some(({ site }) => !this.sites.has(site))) setTimeout(() => this.refresh(), AGAIN);
    this.dispatchEvent(new Event("change"));
  }
}
