/** Announces new messages to viewers who use a screen reader. */

import { tellingLine } from "../data/text.js";
import { element } from "./element.js";

export class Announcer {
  element = element("div", { class: "unseen", "aria-live": "polite" });

  /** @param {import("../data/feed.js").Message[]} messages that have just been shown */
  announce(messages) {
    const last = messages.at(-1);
    if (!last) return;
    const who = last.notice ? last.site : `${last.site}, ${last.log_level}`;
    this.element.textContent =
      messages.length === 1 ? `${who}: ${tellingLine(last.message)}` : `${messages.length} new messages`;
  }
}
