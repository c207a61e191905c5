/** What a search has found: how many lines match in the whole log, and the ways from one to the next, and between errors. */

import { searchFor } from "../data/search.js";
import { ErrorSteps } from "./error-steps.js";

/** @typedef {import("../data/lines.js").Line} Line */

const UPDATE_MS = 100; // between new counts while messages arrive
const PAUSE_MS = 100; // between requests for older messages, for the page and the service to do other things
const RETRY_MS = 5000;

export class Matches {
  errorSteps = new ErrorSteps();
  #log;
  #list;
  #view;
  #box;
  #aside = ""; // what there is to say about the last step
  #step = 0; // counts them: only the last one is still on its way
  #reading = false;
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #updating = undefined;

  /**
   * @param {import("../data/live-log.js").LiveLog} log
   * @param {import("./message-list.js").MessageList} list
   * @param {import("../data/view-state.js").ViewState} view
   * @param {import("./search-box.js").SearchBox} box where the count is shown
   */
  constructor(log, list, view, box) {
    this.#log = log;
    this.#list = list;
    this.#view = view;
    this.#box = box;
    list.addEventListener("lines", () => {
      this.#updating ??= setTimeout(() => this.#update(), UPDATE_MS);
    });
    list.addEventListener("unmarked", () => this.#say(""));
    box.addEventListener("step", (event) => this.step(/** @type {CustomEvent} */ (event).detail));
    this.errorSteps.addEventListener("step", (event) =>
      this.stepError(/** @type {CustomEvent} */ (event).detail),
    );
    this.#update();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#updating);
  }

  /** Go to the next line that matches, or to the previous one. @param {1 | -1} direction */
  step(direction) {
    this.#step += 1;
    const found = this.#searching ? this.#next(direction, () => true) : undefined;
    if (found) this.#goTo(found, found.wrapped ? again(direction) : "");
    else this.#say(this.#searching ? "" : "nothing is searched for");
  }

  /** Go to the next error among what is shown, or to the previous one. @param {1 | -1} direction */
  async stepError(direction) {
    this.#step += 1;
    const step = this.#step;
    for (;;) {
      const found = this.#next(direction, isError);
      // Only if there is none at all, it may be in the other direction.
      const way = found || this.#hasMore(direction) ? direction : opposite(direction);
      if ((!found || found.wrapped) && (await this.#readFurther(way)) && step === this.#step) continue;
      if (step !== this.#step) return;
      if (found) this.#goTo(found, `error${found.wrapped ? `, ${again(direction)}` : ""}`);
      else this.#say("no errors are shown");
      return;
    }
  }

  get #searching() {
    return !searchFor(this.#view.search).empty;
  }

  /** Whether there is more of the log in a direction, and room for it. @param {1 | -1} direction */
  #hasMore(direction) {
    const { more, live, full } = this.#log.backlog;
    return !full && (direction > 0 ? !live : more);
  }

  /** Where there is more of the log that may match. @returns {1 | -1 | undefined} */
  get #unread() {
    return /** @type {const} */ ([1, -1]).find((direction) => this.#hasMore(direction));
  }

  /**
   * @param {1 | -1} direction
   * @param {(line: Line) => boolean} isWanted
   * @returns {{index: number, wrapped: boolean} | undefined}
   */
  #next(direction, isWanted) {
    const { lines, current, visible } = this.#list;
    const start = current >= 0 ? current + direction : visible[direction > 0 ? 0 : 1];
    for (let index = start; lines[index]; index += direction)
      if (isWanted(lines[index])) return { index, wrapped: false };
    for (let index = direction > 0 ? 0 : lines.length - 1; lines[index]; index += direction)
      if (isWanted(lines[index])) return { index, wrapped: true };
    return undefined;
  }

  /** @param {{index: number}} found @param {string} aside */
  #goTo({ index }, aside) {
    this.#list.goTo(index);
    this.#say(aside);
  }

  /** @param {string} aside */
  #say(aside) {
    this.#aside = aside;
    this.#update();
  }

  /** Show how many lines match. */
  #update() {
    clearTimeout(this.#updating);
    this.#updating = undefined;
    const searching = this.#searching;
    const words = [searching ? this.#count() : "", this.#aside].filter((each) => each);
    this.#box.showFound(words.join(", "), searching && this.#list.lines.length > 0);
    if (searching) this.#readBack();
  }

  #count() {
    if (this.#list.busy) return "searching…";
    const { lines, current } = this.#list;
    const count = lines.length.toLocaleString("en");
    const found =
      current >= 0
        ? `${(current + 1).toLocaleString("en")} of ${count}`
        : `${count} ${lines.length === 1 ? "matches" : "match"}`;
    if (this.#unread) return `${found} so far`;
    const { messages, more, live } = this.#log.backlog;
    const held = messages.length.toLocaleString("en");
    return more || !live ? `${found} among the ${held} messages that this page holds` : found;
  }

  /** Read the rest of the log while something is searched for, so that all that matches is found. */
  async #readBack() {
    if (this.#reading) return;
    this.#reading = true;
    for (let direction = this.#unread; this.#searching && direction; direction = this.#unread) {
      await pause(this.#list.busy || (await this.#readFurther(direction)) ? PAUSE_MS : RETRY_MS);
      if (this.#closed) return;
    }
    this.#reading = false;
  }

  /**
   * Read a page of older or newer messages.
   * @param {1 | -1} direction
   * @returns {Promise<boolean>} whether there are more lines, or may be
   */
  async #readFurther(direction) {
    if (!this.#hasMore(direction) || this.#closed) return false;
    try {
      await (direction > 0 ? this.#log.newer() : this.#log.older());
    } catch {
      return false; // the state of the connection says so
    }
    while (this.#list.busy) await pause(PAUSE_MS);
    return true;
  }
}

/** @param {Line} line */
function isError({ messages: [{ log_level }] }) {
  return log_level === "error" || log_level === "critical";
}

/** @param {1 | -1} direction @returns {1 | -1} */
function opposite(direction) {
  return direction > 0 ? -1 : 1;
}

/** @param {1 | -1} direction */
function again(direction) {
  return direction > 0 ? "from the first line again" : "from the last line again";
}

/** @param {number} milliseconds @returns {Promise<void>} */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
