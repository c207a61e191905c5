/** When the sites of a log were heard last: in the bar, and of several also in the page's heading. */

import { now } from "../data/clock.js";
import {
  allSilentSince,
  clockBadge,
  lastWords,
  names,
  silenceWords,
  silentSites,
  unsolved,
} from "../data/silence.js";
import { element } from "./element.js";

/** @typedef {import("../data/feed.js").Message} Message */
/** @typedef {import("../data/statistics.js").SiteStatistics} SiteStatistics */

export class Silence {
  #last = element("span", { class: "last" });
  #unsolved = element("bdi");
  #clockBadge = element("span", { class: "clock-badge" });
  element = element("span", { class: "heard" }, this.#last, this.#unsolved, this.#clockBadge);
  #sites;
  #log;
  #note = element("span", { class: "silent-note" });

  /**
   * @param {string} sites comma-separated, or `*`
   * @param {import("../data/live-log.js").LiveLog} log
   * @param {Element | null} heading of the page, if it is the log's
   */
  constructor(sites, log, heading) {
    this.#sites = sites;
    this.#log = log;
    heading?.append(this.#note);
  }

  close() {
    this.#note.remove();
  }

  /** @param {import("../data/clock.js").Clock} clock */
  show(clock) {
    const sites = this.#known();
    const at = this.#log.lost ?? now(); // without a connection, nobody is silent because of that
    const silent = silentSites(sites, at);
    const several = sites.size > 1;
    const count = several ? silenceWords(silent, sites.size) : "";
    const last = this.#newest(sites);
    const heard = lastWords(last, allSilentSince(sites, last, at), clock, at);
    say(this.#last, [heard, count && `${count}: ${names(silent)}`].filter(Boolean).join(" · "));
    this.#last.classList.toggle("silent", silent.length > 0);
    const worst = several ? null : unsolved([...sites.values()][0], at);
    say(this.#unsolved, worst?.words ?? "");
    this.#unsolved.className = `unsolved ${worst?.level ?? ""}`;
    this.#unsolved.title = worst?.words ?? "";
    say(this.#clockBadge, clockBadge(sites));
    say(this.#note, count && ` – ${count}`);
  }

  /** @returns {Map<string, SiteStatistics | undefined>} by their codes */
  #known() {
    const { sites } = this.#log.statistics;
    if (this.#sites === "*") return sites;
    const codes = this.#sites.toLowerCase().split(",");
    return new Map(codes.map((code) => [code, sites.get(code)]));
  }

  /** @param {Map<string, SiteStatistics | undefined>} sites @returns {Message | undefined} what was heard last of them */
  #newest(sites) {
    let newest = this.#log.backlog.messages.findLast(({ notice }) => !notice);
    for (const site of sites.values())
      if (site && site.last.received_at > (newest?.received_at ?? 0)) newest = site.last;
    return newest;
  }
}

/** @param {HTMLElement} place @param {string} words */
function say(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
