/** The lines of a log view: the messages that match the view state, identical neighbours folded into one. */

import { Cuts } from "./cuts.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./cuts.js").Cut} Cut */
/** @typedef {import("./view-state.js").ViewState} ViewState */

/**
 * `messages` are all that the line stands for; `day` is set on the first line of a day; `gap` is whether messages
 * right before it have expired unseen; `cuts` are those of the connection right before it; `fresh` is whether it has just arrived; `height` belongs to the virtual list.
 * @typedef {{messages: Message[], day: string | null, gap: boolean, cuts: Cut[], fresh: boolean, height: number}} Line
 */

export class Lines {
  /** @type {Line[]} */
  items = [];
  #levels;
  #day;
  #cuts;
  #gap = false;
  /** Cuts after the last line, with messages after them that do not match. @type {Cut[]} */
  lastCuts = [];

  /**
   * @param {ViewState} state
   * @param {(timestamp: number) => string} day the name of the day that a time belongs to
   * @param {Cuts} [cuts] of the connection
   */
  constructor(state, day, cuts = new Cuts()) {
    this.#levels = state.levels;
    this.#day = day;
    this.#cuts = cuts;
    this.pattern = literal(state.search);
  }

  /**
   * Append a message.
   * @param {Message} message
   * @param {boolean} [fresh]
   * @returns {Line | undefined} the line that it is part of, unless it does not match
   */
  add(message, fresh = false) {
    this.#gap ||= message.gap ?? false;
    const cuts = this.#cuts.before(message.id);
    if (cuts.length) this.lastCuts = [...this.lastCuts, ...cuts];
    if (!this.matches(message)) return undefined;
    const last = this.items.at(-1);
    const newest = last?.messages.at(-1);
    const sameDay = newest !== undefined && this.#day(newest.timestamp) === this.#day(message.timestamp);
    if (last && newest && sameDay && !this.#gap && !this.lastCuts.length && identical(newest, message)) {
      last.messages.push(message);
      last.fresh ||= fresh;
      return last;
    }
    const day = sameDay ? null : this.#day(message.timestamp);
    const line = { messages: [message], day, gap: this.#gap, cuts: this.lastCuts, fresh, height: 0 };
    this.#gap = false;
    this.lastCuts = [];
    this.items.push(line);
    return line;
  }

  /** @param {Message} message */
  matches(message) {
    return (
      this.#levels.has(message.log_level) && (!this.pattern || message.message.search(this.pattern) >= 0)
    );
  }
}

/** @param {string} search @returns {RegExp | null} that finds exactly this text, ignoring case */
function literal(search) {
  return search ? new RegExp(search.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu") : null;
}

/** @param {Message} one @param {Message} other */
function identical(one, other) {
  return one.message === other.message && one.log_level === other.log_level && one.site === other.site;
}
