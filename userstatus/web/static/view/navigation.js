/** Ways to messages that are not visible, or not read yet: older ones, one with a given id, those of a given time. */

import { MAX_MESSAGES } from "../data/backlog.js";
import { now } from "../data/clock.js";

/** @typedef {import("../data/feed.js").Message} Message */

const MAX_CLOCK_ERROR_S = 60; // a message from further in the future comes from a telescope with a wrong clock

export class Navigation {
  #log;
  #list;
  #notice;
  #target = 0; // the time that was jumped to last

  /**
   * @param {import("../data/live-log.js").LiveLog} log
   * @param {import("./message-list.js").MessageList} list
   * @param {import("./notice.js").Notice} notice
   */
  constructor(log, list, notice) {
    this.#log = log;
    this.#list = list;
    this.#notice = notice;
  }

  /** Read older messages. @returns {Promise<boolean>} whether there are more now */
  async older() {
    const { backlog } = this.#log;
    if (backlog.full && backlog.more) {
      const most = MAX_MESSAGES.toLocaleString("en");
      this.#notice.show(`A page holds ${most} messages, and this one has no room for older ones.`);
    }
    try {
      return await this.#log.older();
    } catch (error) {
      this.#notice.show(`Older messages could not be read: ${/** @type {Error} */ (error).message}`);
      return false;
    }
  }

  /** @param {number} id */
  async goTo(id) {
    await this.#readBack((oldest) => oldest.id <= id);
    if (!this.#log.backlog.messages.some((message) => message.id === id))
      this.#notice.show("The message that this link leads to has expired, or was never in this log.");
    this.#list.showFrom((message) => message.id >= id);
  }

  /** @param {number} time unix seconds */
  async jump(time) {
    this.#target = time;
    await this.#readBack((oldest) => this.#target !== time || oldest.timestamp < time);
    if (this.#target !== time) return;
    const reached = (/** @type {Message} */ { timestamp }) =>
      timestamp >= time && timestamp <= now() + MAX_CLOCK_ERROR_S;
    if (this.#log.backlog.messages.some(reached)) this.#list.showFrom(reached);
    else this.#list.follow(true);
  }

  /** Read older messages until it is far enough, or there are none. @param {(oldest: Message) => boolean} isFarEnough */
  async #readBack(isFarEnough) {
    const done = () => {
      const [oldest] = this.#log.backlog.messages;
      return oldest !== undefined && isFarEnough(oldest);
    };
    while (!done() && (await this.older()));
  }
}
