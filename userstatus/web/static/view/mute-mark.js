/** Says that sites are muted, until when and why. */

import { muteWords } from "../data/mutes.js";
import { crossedBell } from "./bell.js";
import { element } from "./element.js";

export class MuteMark {
  #words = element("span", { class: "until" });
  #why = element("bdi");
  #because = element("span", { class: "why" });
  element = element("span", { class: "mute-mark", hidden: true }, crossedBell(), this.#words, this.#because);
  /** What it says. */
  words = "";

  /**
   * @param {Parameters<typeof muteWords>[0]} sites by their codes
   * @param {import("../data/clock.js").Clock} clock
   * @param {number} at unix seconds: what is known is as of then
   */
  show(sites, clock, at) {
    const { words, why } = muteWords(sites, clock, at);
    const all = [words, why].filter(Boolean).join(": ");
    if (all === this.words) return;
    this.words = all;
    this.#words.textContent = words;
    this.#why.textContent = why;
    this.#because.replaceChildren(...(why ? [": ", this.#why] : []));
    this.element.hidden = !words;
    this.element.title = all;
  }
}
