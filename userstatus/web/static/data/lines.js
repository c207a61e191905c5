/** The lines of a log view: the messages that match the view state, identical neighbours in the log folded into one. */

import { Cuts } from "./cuts.js";
import { searchFor } from "./search.js";

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
  #view;
  #day;
  #cuts;
  #nameOf;
  #gap = false;
  /** The first and the last message that has been added, shown or not. @type {[Message?, Message?]} */
  #ends = [];
  /** How long the longest site code of a line is. */
  longestSite = 0;
  /** Cuts after the last line, with messages after them that do not match. @type {Cut[]} */
  lastCuts = [];

  /**
   * @param {ViewState} view
   * @param {(timestamp: number) => string} day the name of the day that a time belongs to
   * @param {Cuts} [cuts] of the connection
   * @param {(code: string) => string} [nameOf] the name of a site
   */
  constructor(view, day, cuts = new Cuts(), nameOf = () => "") {
    this.#view = { ...view }; // as it is now
    this.#day = day;
    this.#cuts = cuts;
    this.#nameOf = nameOf;
    this.search = searchFor(view.search);
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
    const [first = message, previous] = this.#ends;
    this.#ends = [first, message];
    if (!this.matches(message)) return undefined;
    const last = this.items.at(-1);
    const newest = last?.messages.at(-1);
    const sameDay = newest !== undefined && this.#day(newest.received_at) === this.#day(message.received_at);
    const isNeighbour = newest === previous && !this.#gap && !this.lastCuts.length;
    if (last && newest && sameDay && isNeighbour && identical(newest, message)) {
      last.messages.push(message);
      last.fresh ||= fresh;
      return last;
    }
    const day = sameDay ? null : this.#day(message.received_at);
    const line = { messages: [message], day, gap: this.#gap, cuts: this.lastCuts, fresh, height: 0 };
    this.#gap = false;
    this.lastCuts = [];
    this.longestSite = Math.max(this.longestSite, message.site.length);
    this.items.push(line);
    return line;
  }

  /**
   * Put lines of older messages, which end right before these, in front of these.
   * @param {Lines} older with the same view
   * @returns {Line | undefined} the line that was the first one until now
   */
  prepend(older) {
    const [first, ...others] = this.items;
    // Messages between them that are not shown separate them all the same.
    if (this.#ends[0] !== first?.messages[0]) older.#ends[1] = undefined;
    const [end] = older.#ends;
    for (const message of first?.messages ?? []) older.add(message);
    if (first)
      Object.assign(first, { ...older.items.pop(), height: 0 }); // it may have become part of an older one
    else this.#gap ||= older.#gap;
    this.longestSite = Math.max(this.longestSite, older.longestSite);
    this.#ends[0] = end ?? this.#ends[0];
    this.items = [...older.items, ...(first ? [first] : []), ...others];
    return first;
  }

  /** @param {number} id @returns {number} the index of the line with the message, or else of the next one; -1 for none */
  indexOf(id) {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.items[middle].messages.at(-1)?.id ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low < this.items.length ? low : -1;
  }

  /** @param {Message} message */
  matches(message) {
    const { levels, only } = this.#view;
    if (!levels.has(message.log_level) || (only && message.site !== only)) return false;
    return this.search.matches(message, this.#nameOf(message.site));
  }
}

/** @param {Message} one @param {Message} other */
function identical(one, other) {
  if (one.notice || other.notice || one.original_level !== other.original_level) return false;
  return one.message === other.message && one.log_level === other.log_level && one.site === other.site;
}
