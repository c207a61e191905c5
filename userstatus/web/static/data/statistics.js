/** Statistics per site: what the service has counted in the last 24 hours, kept up to date with what arrives. */

import { byLevel, LEVELS, worst } from "./levels.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./levels.js").Level} Level */

/**
 * The number of messages per level in every interval of `step` seconds from `start` (unix seconds) on.
 * @typedef {{start: number, step: number, counts: Record<Level, number[]>}} Activity
 */

/**
 * One site in the response of `/sites`.
 * @typedef {{site: string, last: Message, counts: Record<Level, number>, activity: Activity}} SiteStatistics
 */

const RETRY_MS = 1000; // until the service is asked again about a site that was missing in its response
const REFRESH_MS = 60_000; // until the service is asked again, because messages drop out of the last 24 hours
const HOUR_S = 3600;

/** Event: `change`. */
export class Statistics extends EventTarget {
  /** @type {Map<string, SiteStatistics>} */
  sites = new Map();
  /** Where live messages continue what is counted. */
  cursor = "0";
  #url;
  #lastId = 0; // counted up to here
  /** @type {Promise<void> | undefined} */
  #reading = undefined;
  /** @type {Message[]} messages that arrived during the request: the response may not include them */
  #meanwhile = [];
  #refreshing;

  /**
   * @param {string} source the service's base URL
   * @param {string} sites comma-separated, or `*`
   * @param {number} step seconds that are counted together
   */
  constructor(source, sites, step) {
    super();
    this.#url = new URL("sites", source);
    this.#url.search = `site=${sites}&activity=${step}`;
    this.#refreshing = setInterval(() => this.refresh(), REFRESH_MS);
  }

  close() {
    clearInterval(this.#refreshing);
  }

  /** Ask the service. Rejects if it does not answer. */
  read() {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Ask the service; ignore a failure, which the state of the connection shows anyway. */
  refresh() {
    this.read().catch(() => undefined);
  }

  /** Count a message. @param {Message} message */
  add(message) {
    if (this.#reading) this.#meanwhile.push(message);
    if (message.id <= this.#lastId) return;
    const site = this.sites.get(message.site);
    if (site && message.id <= site.last.id) return; // messages arrived while a long response was written
    if (!site) {
      this.refresh();
      return;
    }
    site.last = message;
    site.counts[message.log_level] += 1;
    const counts = site.activity.counts[message.log_level];
    counts[counts.length - 1] += 1;
    this.dispatchEvent(new Event("change"));
  }

  /** The activity of all sites together. @returns {Activity | undefined} */
  total() {
    const [first, ...others] = [...this.sites.values()].map(({ activity }) => activity);
    if (!first) return undefined;
    const counts = byLevel((level) =>
      first.counts[level].map((count, place) =>
        others.reduce((sum, other) => sum + other.counts[level][place], count),
      ),
    );
    return { ...first, counts };
  }

  async #read() {
    this.#meanwhile = [];
    const response = await fetch(this.#url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    /** @type {SiteStatistics[]} */
    const found = await response.json();
    this.sites = new Map(found.map((site) => [site.site, site]));
    this.#lastId = Number(response.headers.get("X-Last-Id"));
    this.cursor = response.headers.get("X-Cursor") ?? "0";
    const meanwhile = this.#meanwhile.filter(({ id }) => id > this.#lastId);
    for (const message of meanwhile) if (this.sites.has(message.site)) this.add(message);
    if (meanwhile.some(({ site }) => !this.sites.has(site))) setTimeout(() => this.refresh(), RETRY_MS);
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {SiteStatistics} site @returns {Level | undefined} the most severe level of the last hour */
export function worstOfLastHour({ activity }) {
  const steps = HOUR_S / activity.step;
  return worst(
    byLevel((level) => activity.counts[level].slice(-steps).reduce((sum, count) => sum + count, 0)),
  );
}

/** How much a site needs attention: a higher number is more urgent; debug is as quiet as silence. @param {SiteStatistics} site */
export function urgency(site) {
  return Math.max(LEVELS.indexOf("info"), LEVELS.indexOf(worstOfLastHour(site) ?? "info"));
}
