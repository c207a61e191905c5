/** Lines: the messages that a viewer wants to see, with identical ones in a row folded into one. */

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./view.js").View} View */

/**
 * One line of the tail. `messages` are all that it stands for, `day` the day that begins with it, `gap` whether
 * something has expired right before it, `fresh` whether it has only just come, `height` is the tail's.
 * @typedef {{messages: Message[], day: string | null, gap: boolean, fresh: boolean, height: number}} Line
 */

export class Lines {
  /** @type {Line[]} */
  items = [];

  /**
   * @param {View} view
   * @param {(timestamp: number) => string} day that a time belongs to, where the viewer lives
   */
  constructor(view, day) {
    this.levels = view.levels;
    this.pattern = pattern(view.search);
    this.day = day;
    this._gap = false;
  }

  /**
   * Add a message to the end.
   * @param {Message} message
   * @param {boolean} [fresh]
   * @returns {Line | undefined} that stands for it, if it is wanted
   */
  add(message, fresh = false) {
    this._gap ||= message.gap ?? false;
    if (!this.wants(message)) return undefined;
    const last = this.items.at(-1);
    const newest = last?.messages.at(-1);
    const today = newest !== undefined && this.day(newest.timestamp) === this.day(message.timestamp);
    if (last && newest && today && !this._gap && identical(newest, message)) {
      last.messages.push(message);
      last.fresh ||= fresh;
      return last;
    }
    const day = today ? null : this.day(message.timestamp);
    const line = { messages: [message], day, gap: this._gap, fresh, height: 0 };
    this._gap = false;
    this.items.push(line);
    return line;
  }

  /** @param {Message} message */
  wants(message) {
    return this.levels.has(message.log_level) && (!this.pattern || message.message.search(this.pattern) >= 0);
  }
}

/** @param {string} search @returns {RegExp | null} what is searched for, in upper or lower case */
function pattern(search) {
  return search ? new RegExp(search.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu") : null;
}

/** @param {Message} one @param {Message} other */
function identical(one, other) {
  return one.message === other.message && one.log_level === other.log_level && one.site === other.site;
}
