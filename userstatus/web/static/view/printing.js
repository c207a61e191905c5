/** What is on paper: a plain list of messages, and above it what they are. It is in the document only while it prints. */

import { asText } from "../data/export.js";
import { element } from "./element.js";

/** @typedef {import("../data/feed.js").Message} Message */

/**
 * `notes` are lines above the messages; `partial` says why messages are missing, and is empty if none are.
 * @typedef {{heading: string, notes: string[], partial: string, messages: Message[], clock: import("../data/clock.js").Clock}} Sheet
 */

export class Printing {
  #root;
  /** @type {HTMLElement | undefined} */
  #paper = undefined;

  /**
   * @param {ShadowRoot} root
   * @param {() => Sheet} held what is printed if the browser is told to print
   * @param {AbortSignal} signal ends it
   */
  constructor(root, held, signal) {
    this.#root = root;
    addEventListener("beforeprint", () => this.#paper ?? this.#lay(held()), { signal });
    addEventListener("afterprint", () => this.#remove(), { signal });
    signal.addEventListener("abort", () => this.#remove());
  }

  /** @param {Sheet} sheet */
  print(sheet) {
    this.#remove();
    this.#lay(sheet);
    window.print();
  }

  /** @param {Sheet} sheet */
  #lay({ heading, notes, partial, messages, clock }) {
    this.#paper = element(
      "section",
      { class: "paper" },
      element("h2", {}, heading),
      ...notes.map((note) => element("p", {}, note)),
      ...(partial ? [element("p", {}, element("strong", {}, `Partial: ${partial}.`))] : []),
      ...messages.map((message) => line(message, clock)),
    );
    this.#root.prepend(this.#paper);
  }

  #remove() {
    this.#paper?.remove();
    this.#paper = undefined;
  }
}

/** One element for a line: there may be many thousands. @param {Message} message @param {Sheet["clock"]} clock */
function line(message, clock) {
  return element("div", { class: message.log_level }, asText(message, clock.dayAndTime(message.timestamp)));
}
