/** What a view of a log knows of its sites: how people call them, whether they are heard, by how much their clocks are off. */

import { clockErrorAt } from "./lateness.js";
import { codes } from "./site-names.js";
import { clockError } from "./statistics.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./statistics.js").SiteStatistics} SiteStatistics */

export class KnownSites {
  #sites;
  #log;
  #told = ""; // what the lines tell of them, as of the last look

  /** @param {string} sites comma-separated, or `*` @param {Pick<import("./live-log.js").LiveLog, "statistics" | "backlog">} log */
  constructor(sites, log) {
    this.#sites = sites;
    this.#log = log;
  }

  /** Whether there may be more than one. */
  get several() {
    const wanted = codes(this.#sites);
    return wanted.length > 1 || wanted.includes("*");
  }

  /** @returns {Map<string, SiteStatistics | undefined>} by their codes; undefined if nothing is known of one */
  get all() {
    const { sites } = this.#log.statistics;
    const wanted = codes(this.#sites);
    return wanted.includes("*") ? sites : new Map(wanted.map((code) => [code, sites.get(code)]));
  }

  /** @param {string} code @returns {SiteStatistics | undefined} */
  find(code) {
    return this.#log.statistics.sites.get(code);
  }

  /** How people call a site; empty if nobody has said. @param {string} code @returns {string} */
  nameOf = (code) => this.find(code)?.name ?? "";

  /** @param {Message} message @returns {number} how many seconds the clock was ahead by which it was sent */
  clockErrorOf(message) {
    const site = this.find(message.site);
    return clockErrorAt(message, this.#log.backlog.messages, site ? clockError(site) : 0);
  }

  /** What was heard last of them, in the log or elsewhere. @returns {Message | undefined} */
  get last() {
    let newest = this.#log.backlog.messages.findLast(({ notice }) => !notice);
    for (const site of this.all.values())
      if (site && site.last.received_at > (newest?.received_at ?? 0)) newest = site.last;
    return newest;
  }

  /** Whether what lines tell of them is not the same as at the last look: their names, and which clocks are wrong. */
  changed() {
    const sites = [...this.#log.statistics.sites.values()].filter((site) => site.name || clockError(site));
    const told = sites.map((site) => `${site.site} ${clockError(site) !== 0} ${site.name ?? ""}`).join("\n");
    const changed = told !== this.#told;
    this.#told = told;
    return changed;
  }
}
