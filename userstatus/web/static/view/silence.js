/** When the sites of a log were heard last: in the bar, and of several also in the page's heading. */

import { lastWords, names, silenceWords, silentSites } from "../data/silence.js";
import { element } from "./element.js";

/** @typedef {import("../data/feed.js").Message} Message */

export class Silence {
  element = element("span", { class: "last" });
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
    const last = this.#lastMessages();
    const newest = [...last.values()].reduce(laterOf, this.#log.backlog.messages.at(-1));
    const silent = silentSites(last);
    const several = last.size > 1;
    const count = several ? silenceWords(silent, last.size) : "";
    const words = [lastWords(newest, clock), count && `${count}: ${names(silent)}`];
    say(this.element, words.filter(Boolean).join(" · "));
    this.element.classList.toggle("silent", silent.length > 0);
    say(this.#note, count && ` – ${count}`);
  }

  /** @returns {Map<string, Message | undefined>} the last message of each site */
  #lastMessages() {
    const { sites } = this.#log.statistics;
    const named = this.#sites === "*" ? [...sites.keys()] : this.#sites.toLowerCase().split(",");
    return new Map(named.map((site) => [site, sites.get(site)?.last]));
  }
}

/** @param {Message | undefined} one @param {Message | undefined} other */
function laterOf(one, other) {
  return (one?.received_at ?? 0) > (other?.received_at ?? 0) ? one : other;
}

/** @param {HTMLElement} place @param {string} words */
function say(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
