/** Ways to messages that are not visible, or not read yet: older and newer ones, one with a given id, those of a given time. */

/** @typedef {import("../data/feed.js").Message} Message */

const JUST_BEFORE_S = 0.0005; // times of receipt that the service compares are more precise than that

/** Event: `newest`, when the newest line is followed again. */
export class Navigation extends EventTarget {
  #log;
  #list;
  #banner;
  #clock;
  /** The time to go to next. @type {number | null} */
  #time = null;
  #going = false;
  #way = 0; // counts the ways that were begun: only the last one is followed

  /**
   * @param {import("../data/live-log.js").LiveLog} log
   * @param {import("./message-list.js").MessageList} list
   * @param {import("./banner.js").Banner} banner
   * @param {() => import("../data/clock.js").Clock} clock
   */
  constructor(log, list, banner, clock) {
    super();
    this.#log = log;
    this.#list = list;
    this.#banner = banner;
    this.#clock = clock;
  }

  /** Read older messages. @returns {Promise<boolean>} whether there are more now */
  older() {
    return this.#read("Older messages", () => this.#log.older());
  }

  /** Read newer messages. @returns {Promise<boolean>} whether there are more now */
  newer() {
    return this.#read("Newer messages", () => this.#log.newer());
  }

  /** Go to the very first line. */
  async first() {
    this.#way += 1;
    const way = this.#way;
    this.#list.follow(false);
    if (this.#log.backlog.more && !(await this.#goTo({ afterId: 0 }))) return;
    if (way !== this.#way) return;
    this.#log.backlog.more = false;
    this.#list.showFirst();
  }

  /** Go to the newest line, and follow it from there on. */
  async newest() {
    this.#way += 1;
    const way = this.#way;
    if (!this.#log.backlog.live && !(await this.#goTo("newest"))) return;
    if (way !== this.#way) return;
    this.#list.follow(true);
    this.dispatchEvent(new Event("newest"));
  }

  /** @param {number} id @returns {Promise<Message | undefined>} the message, unless it has expired */
  async goTo(id) {
    this.#way += 1;
    const way = this.#way;
    const { backlog } = this.#log;
    const isHere = () => backlog.messages.find((message) => message.id === id);
    if (!isHere() && !(await this.#goTo({ afterId: id - 1 }))) return undefined;
    if (way !== this.#way) return undefined;
    const found = isHere();
    if (!found)
      this.#banner.show("The message that this link leads to has expired, or was never in this log.");
    const reached = (/** @type {Message} */ message) => message.id >= id;
    if (backlog.messages.some(reached)) await this.#showFrom(reached);
    else await this.newest();
    return found;
  }

  /**
   * Go to the first message that was received at a time or after it. While it is on its way, as when the viewer drags, only
   * the last time that is asked for counts.
   * @param {number} time unix seconds
   */
  async goToTime(time) {
    this.#time = time;
    if (this.#going) return;
    this.#going = true;
    while (this.#time !== null) {
      const next = this.#time;
      this.#time = null;
      await this.#goToTime(next);
    }
    this.#going = false;
  }

  /** @param {number} time */
  async #goToTime(time) {
    this.#way += 1;
    const way = this.#way;
    const { backlog } = this.#log;
    const reached = (/** @type {Message} */ { received_at }) => received_at >= time;
    const [oldest] = backlog.messages;
    const isHere =
      oldest &&
      (oldest.received_at < time || !backlog.more) &&
      (backlog.live || backlog.messages.some(reached));
    if (!isHere && !(await this.#goTo({ after: time - JUST_BEFORE_S }))) return;
    if (way !== this.#way) return;
    if (!backlog.messages.some(reached)) {
      await this.newest();
      return;
    }
    await this.#showFrom(reached);
    const [first] = backlog.messages;
    if (!backlog.more && first.received_at > time)
      this.#banner.show(`The log begins at ${this.#clock().moment(first.received_at)}.`);
  }

  /** Show the first message for which this is true, and have some that come before it. @param {(message: Message) => boolean} matches */
  async #showFrom(matches) {
    this.#list.showFrom(matches);
    const { messages, more } = this.#log.backlog;
    if (more && messages.length && matches(messages[0])) await this.older();
  }

  /** @param {Parameters<import("../data/live-log.js").LiveLog["goTo"]>[0]} place */
  #goTo(place) {
    return this.#read("That part of the log", () => this.#log.goTo(place));
  }

  /** @param {string} what @param {() => Promise<boolean>} read */
  async #read(what, read) {
    try {
      return await read();
    } catch (error) {
      this.#banner.show(`${what} could not be read: ${/** @type {Error} */ (error).message}`);
      return false;
    }
  }
}
