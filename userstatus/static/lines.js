/** Lines: the messages that a viewer wants to see, with identical ones in a row folded into one. */

/** @typedef {import("./feed.js").Message} Message */

/**
 * One line of the tail; `messages` are all that it stands for, `starts` the day that begins with it.
 * @typedef {{messages: Message[], starts: string | null, fresh: boolean}} Line
 */

/** What a viewer wants to see. @typedef {{levels: Set<string>, search: string}} Filter */

/** @param {Message} message @param {Filter} filter */
export function passes(message, { levels, search }) {
  return levels.has(message.log_level) && (!search || message.message.toLowerCase().includes(search));
}

/**
 * Add a message to the end of the lines.
 * @param {Line[]} lines
 * @param {Message} message
 * @param {(timestamp: number) => string} day that a time belongs to, where the viewer lives
 * @returns {Line} that stands for it
 */
export function append(lines, message, day, fresh = false) {
  const last = lines.at(-1);
  const newest = last?.messages.at(-1);
  const same = newest !== undefined && day(newest.timestamp) === day(message.timestamp);
  if (last && newest && same && identical(newest, message)) {
    last.messages.push(message);
    last.fresh ||= fresh;
    return last;
  }
  const line = { messages: [message], starts: same ? null : day(message.timestamp), fresh };
  lines.push(line);
  return line;
}

/** @param {Message} one @param {Message} other */
function identical(one, other) {
  return one.message === other.message && one.log_level === other.log_level && one.site === other.site;
}
