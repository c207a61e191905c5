/** The band across the page that says from afar that the connection is lost, and then that it is back. */

import { now } from "../data/clock.js";
import { isCut } from "../data/cuts.js";
import { element } from "./element.js";

const BACK_MS = 5000; // how long it says that the connection is back

/** It is followed by what is dimmed while the connection is lost; its stylesheet names that. */
export class ConnectionBand {
  #words = element("p");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #going = undefined;

  constructor() {
    this.element = element("div", { class: "connection-band", hidden: true }, this.#words);
  }

  /** Whether it says that the connection is lost. */
  get lost() {
    return this.element.classList.contains("lost");
  }

  close() {
    clearTimeout(this.#going);
  }

  /**
   * To be called again and again: a connection that comes back at once is not worth a band.
   * @param {ReturnType<typeof import("../data/outage.js").outage>} outage
   */
  show(outage) {
    if (outage && isCut(outage.since, now())) this.#showLost(outage.words);
    else if (this.lost && !outage) this.#showBack();
  }

  /** @param {string} words */
  #showLost(words) {
    clearTimeout(this.#going);
    this.element.className = "connection-band lost";
    this.#say(words);
  }

  #showBack() {
    this.element.className = "connection-band back";
    this.#say("Connected again");
    this.#going = setTimeout(() => {
      this.element.hidden = true;
    }, BACK_MS);
  }

  /** @param {string} words */
  #say(words) {
    if (this.#words.textContent !== words) this.#words.textContent = words;
    this.element.hidden = false;
  }
}
