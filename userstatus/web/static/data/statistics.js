/** Statistics per site: what the service has counted, and its last messages, kept up to date with what arrives. */

import { duration, now } from "./clock.js";
import { byLevel } from "./levels.js";
import { request } from "./source.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./levels.js").Level} Level */
/** @typedef {import("./notices.js").Notice} Notice */

/**
 * The number of messages per level in every interval of `step` seconds from `start` (unix seconds) on.
 * @typedef {{start: number, step: number, counts: Record<Level, number[]>}} Activity
 */

/**
 * One site in the response of `/sites`: how people call it, its last message, the last one of each of the levels that need
 * attention, how many seconds after its timestamp the last message of a minute was received, for the last minutes in which
 * there was one, its counts of the last 24 hours, and what the service has said of its silence, if it is silent, and of it
 * being muted, if it is.
 * @typedef {object} SiteStatistics
 * @property {string} site
 * @property {string} [name]
 * @property {number} [silent_after] seconds without a message, if that is configured
 * @property {Message} last what the service itself says in the site's log does not count
 * @property {Notice} [silence]
 * @property {Notice} [mute]
 * @property {Partial<Record<Level, Message>>} latest
 * @property {number[]} delays oldest first
 * @property {Record<Level, number>} counts
 * @property {Activity} activity
 */

const RETRY_MS = 1000; // until the service is asked again about a site that was missing in its response
const REFRESH_MS = 60_000; // until the service is asked again, because messages drop out of the last 24 hours
const MINUTE_S = 60;
const HOUR_S = 3600;
const MAX_DELAYS = 5;
const ENOUGH_DELAYS = 3; // that agree: fewer are of messages that waited somewhere and came late
const TOLERATED_S = 120; // that a clock may be off, and that delays of a wrong clock may differ by

export const SILENT_AFTER_S = 1800; // without a message
/** The levels that need attention, the worst first. @type {Level[]} */
const ATTENTION = ["critical", "error", "warning"];

/** Event: `change` (detail: the site code, or undefined if every site may have changed). */
export class Statistics extends EventTarget {
  /** @type {Map<string, SiteStatistics>} */
  sites = new Map();
  /** Whether the service has been asked, and has answered. */
  known = false;
  /** Where live messages continue what is counted. */
  cursor = "0";
  #source;
  #url;
  #lastId = 0; // counted up to here
  /** @type {Promise<void> | undefined} */
  #reading = undefined;
  /** @type {Message[]} messages that arrived during the request: the response may not include them */
  #meanwhile = [];
  #refreshing;

  /**
   * @param {string | URL} source the service's base URL
   * @param {string} sites comma-separated, or `*`
   * @param {number} step seconds that are counted together
   */
  constructor(source, sites, step) {
    super();
    this.#source = source;
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
    if (message.notice) takeNotice(site, message, message.notice);
    else hear(site, message);
    const { log_level: level } = message;
    if (ATTENTION.includes(level) && speaks(site, message)) site.latest[level] = message;
    site.counts[level] += 1;
    const counts = site.activity.counts[level];
    counts[counts.length - 1] += 1;
    this.dispatchEvent(new CustomEvent("change", { detail: message.site }));
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
    const response = await request(this.#url, this.#source);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    /** @type {SiteStatistics[]} */
    const found = await response.json();
    this.sites = new Map(found.map((site) => [site.site, site]));
    this.known = true;
    this.#lastId = Number(response.headers.get("X-Last-Id"));
    this.cursor = response.headers.get("X-Cursor") ?? "0";
    const meanwhile = this.#meanwhile.filter(({ id }) => id > this.#lastId);
    for (const message of meanwhile) if (this.sites.has(message.site)) this.add(message);
    if (meanwhile.some(({ site }) => !this.sites.has(site))) setTimeout(() => this.refresh(), RETRY_MS);
    this.dispatchEvent(new CustomEvent("change"));
  }
}

/** The site has spoken. @param {SiteStatistics} site @param {Message} message */
function hear(site, message) {
  const { received_at, timestamp } = message;
  // Messages that come together say the same about a clock, even if all of them waited somewhere.
  const together = Math.floor(received_at / MINUTE_S) === Math.floor(site.last.received_at / MINUTE_S);
  const delays = together ? site.delays.slice(0, -1) : site.delays.slice(1 - MAX_DELAYS);
  site.last = message;
  site.delays = [...delays, Math.round(received_at - timestamp)];
  delete site.silence;
}

/** The service has said something in the site's log. @param {SiteStatistics} site @param {Message} message @param {Notice} notice */
function takeNotice(site, message, notice) {
  const { kind, since } = notice;
  if (speaks(site, message)) site.last = message;
  if (kind === "silence") site.silence = notice;
  else if (kind === "recovery") delete site.silence;
  else if (kind === "mute") site.mute = notice;
  // That a mute has ended may be said when there is another one.
  else if (kind === "unmute" && (since ?? site.mute?.since) === site.mute?.since) delete site.mute;
}

/** Whether a message is the site's own: a notice is not, except where there is nothing else. @param {SiteStatistics} site @param {Message} message */
function speaks(site, message) {
  return !message.notice || site.last.notice !== undefined;
}

/**
 * Whether a site is silent is for the service to say where it watches it: where that is configured, or the site's last
 * message has promised another one. Of every other site, half an hour without a message is called silence.
 * @param {Pick<SiteStatistics, "last" | "silence" | "silent_after">} site
 * @param {number} [at] unix seconds
 * @returns {number | null} when the last message of a silent site was received; null if the site is not silent
 */
export function silentSince({ last, silence, silent_after }, at = now()) {
  if (silence) return silence.since ?? last.received_at;
  // Where nothing but notices is known, nobody is expected to speak.
  if (silent_after !== undefined || last.next_within !== undefined || last.notice) return null;
  return at - last.received_at > SILENT_AFTER_S ? last.received_at : null;
}

/**
 * The most severe message, a warning or worse, that was received in the last hour; of a silent site, in the hour before
 * it fell silent, since nobody has said that it was solved. Notices say nothing about the site's own trouble.
 * @param {SiteStatistics} site
 * @param {number} [at] unix seconds
 */
export function worstMessage(site, at = now()) {
  const since = (silentSince(site, at) ?? at) - HOUR_S;
  const found = ATTENTION.map((level) => site.latest[level]);
  return found.find((each) => each && each.received_at > since && speaks(site, each));
}

/**
 * How many seconds a telescope's clock is off: more than 0 if it is ahead, less if it is behind, 0 if it is right. It
 * is behind if messages of several minutes seem to come equally late; it must be ahead if one comes before it was sent.
 * @param {Pick<SiteStatistics, "delays">} site
 */
export function clockError({ delays }) {
  const newest = delays.at(-1) ?? 0;
  if (newest < -TOLERATED_S) return -newest;
  const last = delays.slice(-ENOUGH_DELAYS);
  const [least, most] = [Math.min(...last), Math.max(...last)];
  const agree = last.length === ENOUGH_DELAYS && most - least <= TOLERATED_S;
  return agree && least > TOLERATED_S ? -least : 0;
}

/** @param {number} error of a clock, in seconds @returns {string} such as `clock 21 d behind`; empty if it is right */
export function clockWords(error) {
  if (!error) return "";
  return `clock ${duration(Math.abs(error)).replace("days", "d")} ${error > 0 ? "ahead" : "behind"}`;
}
