/** A tile of the wall: what is wrong with a site, what it said last, and how much it says. */

import { now } from "../data/clock.js";
import { LEVELS, SYMBOLS } from "../data/levels.js";
import { withName } from "../data/site-names.js";
import { ageWords, siteWords } from "../data/site-words.js";
import { bars } from "./bars.js";
import { element } from "./element.js";
import { MuteMark } from "./mute-mark.js";

/** @typedef {import("../data/statistics.js").SiteStatistics} SiteStatistics */
/** @typedef {import("../data/urgency.js").Condition} Condition */

export const STEP_S = 600; // per bar
const BARS = 36; // six hours
const DAY_S = 86_400; // when times get a date

/** Event: `pin`, when the viewer pins it or lets it go. */
export class Tile extends EventTarget {
  /** What it shows, for the filter. @type {string[]} */
  texts = [];
  #code;
  #zone;
  #link;
  #name = element("bdi", { class: "name" });
  #pin;
  #sign = element("span", { class: "sign", "aria-hidden": "true" });
  #state = element("span", { class: "words" });
  #clock = element("p", { class: "clock" });
  #mute = new MuteMark();
  #age = [element("span"), element("span", { class: "since" }), element("span")];
  #level = element("span", { class: "level" });
  #time = element("span", { class: "time" });
  #worstText = element("bdi", { class: "text" });
  #worst = element("p", {}, this.#level, " ", this.#time, " ", this.#worstText);
  #lastText = element("bdi", { class: "text" });
  #last = element("p", { class: "last" }, this.#lastText);
  #bars = element("div", { class: "bars" });
  #counts = element("p", { class: "counts" });
  /** @type {SiteStatistics | undefined} */
  #site = undefined;
  /** @type {number | null} when the last message of the site was received, if it is silent */
  #silentSince = null;
  #shown = "";
  #counted = "";

  /**
   * @param {string} code of the site
   * @param {string | URL} source the service's base URL
   * @param {import("../data/clock.js").Clock} zone in which the viewer reads until when it is muted
   */
  constructor(code, source, zone) {
    super();
    this.#code = code;
    this.#zone = zone;
    this.#link = element("a", { href: new URL(`watch/${code}`, source).href }, code);
    this.#pin = element("button", { class: "pin", type: "button", "aria-label": `Pin ${code}` });
    this.#pin.addEventListener("click", () => this.dispatchEvent(new Event("pin")));
    const state = element("span", { class: "state-of-site" }, this.#sign, " ", this.#state);
    const who = element("span", { class: "who" }, this.#link, " ", this.#name);
    const heading = element("h2", {}, who, " ", state);
    const said = element("div", { class: "said" }, this.#worst, this.#last);
    this.element = element(
      "li",
      { class: "tile" },
      element("div", { class: "head" }, heading, this.#pin),
      element("div", { class: "ages" }, element("p", { class: "ago" }, ...this.#age), this.#clock),
      this.#mute.element,
      said,
      this.#bars,
      this.#counts,
    );
    this.pinned = false;
  }

  /** Whether the viewer wants it to keep its place, before all others. @param {boolean} pinned */
  set pinned(pinned) {
    this.element.classList.toggle("pinned", pinned);
    this.#pin.setAttribute("aria-pressed", String(pinned));
    this.#pin.textContent = pinned ? "★" : "☆";
    this.#pin.title = pinned ? "Let it change its place" : "Keep it before the others, in its place";
  }

  /**
   * Show what has changed, except for the bars and the counts.
   * @param {SiteStatistics} site
   * @param {Condition} condition
   * @param {number} at unix seconds
   */
  show(site, condition, at) {
    this.#site = site;
    this.#silentSince = condition.silentSince;
    this.#mute.show(new Map([[this.#code, condition]]), this.#zone, at);
    const shown = [
      site.name,
      site.last.id,
      condition.worst?.id,
      condition.state,
      condition.silentSince,
      this.#mute.words,
      Math.floor(at / DAY_S),
    ].join("\n");
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#write(siteWords(site, condition, at), condition);
    }
    this.updateAge();
  }

  /** @param {import("../data/site-words.js").SiteWords} words @param {Condition} condition */
  #write(words, { state, worst }) {
    const { element: tile } = this;
    for (const each of ["critical", "error", "warning", "fine"]) tile.classList.toggle(each, each === state);
    tile.classList.toggle("silent", this.#silentSince !== null);
    const name = this.#site?.name ?? "";
    this.#name.textContent = name;
    this.#name.title = name;
    this.#sign.textContent = words.sign;
    this.#state.textContent = words.state;
    this.#clock.textContent = words.clock;
    this.#worst.className = `worst ${worst?.log_level ?? ""}`;
    this.#worst.hidden = !worst;
    this.#level.textContent = words.level;
    this.#time.textContent = words.time;
    this.#worstText.textContent = words.worst;
    this.#lastText.textContent = words.last;
    this.#last.hidden = !words.last;
    // In the compact form, texts are cut.
    const { words: mute } = this.#mute;
    const title = [withName(this.#code, name), words.state, mute, words.worst, words.last];
    this.#link.title = title.filter(Boolean).join("\n");
    this.texts = [this.#code, name, words.state, mute, words.clock, words.time, words.worst, words.last];
  }

  /** Show how long ago the last message was, and since when the site is silent. */
  updateAge() {
    if (!this.#site) return;
    const since = this.#silentSince ?? this.#site.last.received_at;
    const words = ageWords(since, this.#silentSince !== null, now());
    words.forEach((word, place) => {
      const text = word && place ? ` ${word}` : word;
      if (this.#age[place].textContent !== text) this.#age[place].textContent = text;
    });
  }

  /** Show the activity and the counts, if they have changed. */
  updateCounts() {
    if (!this.#site) return;
    const { activity, counts } = this.#site;
    const counted = `${activity.start} ${Object.values(counts)}`;
    if (counted === this.#counted) return;
    this.#counted = counted;
    this.#bars.replaceChildren(bars(activity, { last: BARS }));
    // The worst first: on a narrow tile, the end is cut.
    const present = LEVELS.filter((each) => counts[each]).reverse();
    this.#counts.replaceChildren(
      ...present.map((each) => element("span", { class: each }, `${SYMBOLS[each]} ${counts[each]} ${each}`)),
    );
  }
}
