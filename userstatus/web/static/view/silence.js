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
import { MuteMark } from "./mute-mark.js";

export class Silence {
  #last = element("span", { class: "last" });
  #unsolved = element("bdi");
  #clockBadge = element("span", { class: "clock-badge" });
  element = element("span", { class: "heard" }, this.#last, this.#unsolved, this.#clockBadge);
  #sites;
  #log;
  #note = element("span", { class: "silent-note" });
  #muteMark = new MuteMark();

  /**
   * @param {import("../data/known-sites.js").KnownSites} sites
   * @param {import("../data/live-log.js").LiveLog} log
   * @param {import("./site-heading.js").SiteHeading | undefined} heading of the log; without one, it is the page's
   */
  constructor(sites, log, heading) {
    this.#sites = sites;
    this.#log = log;
    const place = heading?.element ?? document.querySelector("h1");
    place?.append(this.#note, this.#muteMark.element);
  }

  close() {
    this.#note.remove();
    this.#muteMark.element.remove();
  }

  /** @param {import("../data/clock.js").Clock} clock */
  show(clock) {
    const { all: sites, last } = this.#sites;
    const at = this.#log.lost ?? now(); // without a connection, nobody is silent because of that
    const silent = silentSites(sites, at);
    const several = sites.size > 1;
    const count = several ? silenceWords(silent, sites.size) : "";
    const heard = lastWords(last, allSilentSince(sites, last, at), clock, at);
    say(this.#last, [heard, count && `${count}: ${names(silent)}`].filter(Boolean).join(" · "));
    this.#last.classList.toggle("silent", silent.length > 0);
    const worst = several ? null : unsolved([...sites.values()][0], at);
    say(this.#unsolved, worst?.words ?? "");
    this.#unsolved.className = `unsolved ${worst?.level ?? ""}`;
    this.#unsolved.title = worst?.words ?? "";
    say(this.#clockBadge, clockBadge(sites));
    say(this.#note, count && ` – ${count}`);
    this.#muteMark.show(sites, clock, at);
  }
}

/** @param {HTMLElement} place @param {string} words */
function say(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
