/** The wall in one line: how many sites are in which state. */

import { summary } from "../data/urgency.js";
import { element } from "./element.js";

export class WallSummary {
  element = element("h2", { id: "summary" });
  #shown = "";

  /** @param {Iterable<import("../data/urgency.js").Condition>} conditions of every site, shown or not */
  show(conditions) {
    const parts = summary(conditions);
    const words = parts.map((part) => part.words).join(" · ");
    if (words === this.#shown) return;
    this.#shown = words;
    const spans = parts.map((part) => element("span", { class: part.state }, part.words));
    this.element.replaceChildren(...spans.flatMap((span, place) => (place ? [" · ", span] : [span])));
  }
}
