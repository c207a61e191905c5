/** The messages that a page holds: read back page by page from the newest, and what is added as it comes. */

/** @typedef {import("./feed.js").Message} Message */

const NEWEST = 10 ** 15 - 1; // greater than any id
const FIRST = 1000; // messages that are read at first: soon there, and more than a screen
const PAGE = 5000; // older messages that are read at a time
const AGAIN = 2000; // milliseconds until the service is asked again
export const MOST = 100_000; // messages that are kept, of which the oldest go

/** The service says that there is something wrong with what was asked. */
export class Refused extends Error {}

export class History {
  /** In the order of their ids. @type {Message[]} */
  messages = [];
  /** Whether the service has older ones. */
  more = false;

  /** @param {string} source the service's base URL @param {string} sites with commas, or `*` */
  constructor(source, sites) {
    this.source = source;
    this.sites = sites;
    /** @type {Promise<boolean> | undefined} */
    this._reading = undefined;
  }

  get full() {
    return this.messages.length >= MOST;
  }

  /**
   * Read the newest, however long the service does not answer.
   * @param {AbortSignal} signal
   * @returns {Promise<string>} the cursor from which on it goes on
   * @throws {Refused}
   */
  async begin(signal) {
    for (;;) {
      try {
        const { found, more, cursor } = await this._page(NEWEST, FIRST, signal);
        this.messages = found;
        this.more = more;
        return cursor;
      } catch (error) {
        if (signal.aborted || error instanceof Refused) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
  }

  /**
   * Read older ones, if there are any and there is room for them.
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether there are more messages now
   */
  older(signal) {
    this._reading ??= this._older(signal).finally(() => {
      this._reading = undefined;
    });
    return this._reading;
  }

  /** @param {Message} message @returns {boolean} whether older ones had to go */
  add(message) {
    this.messages.push(message);
    if (this.messages.length < MOST * 1.1) return false;
    this.messages.splice(0, this.messages.length - MOST);
    this.more = true;
    return true;
  }

  clear() {
    this.messages = [];
    this.more = false;
  }

  /** @param {AbortSignal} signal */
  async _older(signal) {
    const [oldest] = this.messages;
    if (!this.more || !oldest || this.full) return false;
    const { found, more } = await this._page(oldest.id, PAGE, signal);
    if (this.messages[0] !== oldest) return false; // the log is another one by now
    this.more = more;
    this.messages = [...found, ...this.messages];
    return true;
  }

  /**
   * @param {number} before an id
   * @param {number} limit
   * @param {AbortSignal} signal
   * @returns {Promise<{found: Message[], more: boolean, cursor: string}>} in the order of their ids, whether
   *   there are older ones, and the cursor for which that is true
   */
  async _page(before, limit, signal) {
    const url = new URL("recent-logs", this.source);
    url.search = `site=${this.sites}&before_id=${before}&limit=${limit}`;
    const answer = await fetch(url, { signal });
    if (!answer.ok) {
      const { error = `HTTP ${answer.status}` } = await answer.json().catch(() => ({}));
      throw answer.status === 400 ? new Refused(error) : new Error(error);
    }
    /** @type {Message[]} */
    const found = await answer.json();
    found.sort((one, other) => one.id - other.id);
    const last = found.at(-1);
    // What was committed while the service read may be in its answer, and beyond the cursor that it names.
    const beyond = last && last.id > Number(answer.headers.get("X-Last-Id"));
    const cursor = (beyond ? last.cursor : answer.headers.get("X-Cursor")) ?? "0";
    return { found, more: answer.headers.has("X-Truncated"), cursor };
  }
}
