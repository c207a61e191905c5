/** Where in the log the connection was cut, and where it came back. */

import { now } from "./clock.js";

/** @typedef {import("./clock.js").Clock} Clock */

/**
 * An end of a cut. `missed` is how many messages came during the cut, `expired` is whether there were others that have
 * expired unseen; both belong to the end where the connection came back.
 * @typedef {{kind: "lost" | "back", time: number, missed: number, expired: boolean}} Cut
 */

const BRIEF_S = 2; // a cut that ends this soon leaves no trace: nothing was missed, and a flash would only alarm

/** @type {Cut[]} */
const NONE = [];

export class Cuts {
  /** By the id of the message that follows. @type {Map<number, Cut[]>} */
  #before = new Map();
  /** Those after the last message. @type {Cut[]} */
  #last = [];
  /** When the connection was lost that has not come back yet. @type {number | null} */
  #lost = null;
  #noted = false;
  #missed = 0;
  #expired = false;

  /** The connection is lost. @param {number} time unix seconds */
  lose(time) {
    if (this.#lost !== null) return;
    this.#lost = time;
    this.#noted = false;
    this.#missed = 0;
    this.#expired = false;
  }

  /** Part of what came meanwhile has expired. */
  expire() {
    this.#expired = true;
  }

  /** A message has arrived. @param {number} id @param {number} [time] unix seconds */
  pass(id, time = now()) {
    if (this.#lost !== null) {
      this.#note(time);
      this.#missed += 1;
    }
    if (this.#last.length) this.#before.set(id, this.#last);
    this.#last = [];
  }

  /** All that came meanwhile has arrived. @param {number} time unix seconds */
  end(time) {
    if (this.#lost === null) return;
    this.#note(time);
    if (this.#noted) this.#last.push({ kind: "back", time, missed: this.#missed, expired: this.#expired });
    this.#lost = null;
  }

  /** The log is another one. */
  clear() {
    this.#before.clear();
    this.#last = [];
    this.#lost = null;
  }

  /** @param {number} id of a message @returns {Cut[]} the ends of cuts right before it */
  before(id) {
    return this.#before.get(id) ?? NONE;
  }

  /** The ends of cuts after the last message. @param {number} [time] unix seconds @returns {Cut[]} */
  last(time = now()) {
    const open = !this.#noted && isCut(this.#lost, time);
    return open ? [...this.#last, cutAt(/** @type {number} */ (this.#lost))] : this.#last;
  }

  /** Note where the connection was lost, unless that was just now. @param {number} time unix seconds */
  #note(time) {
    if (this.#noted || this.#lost === null || !isCut(this.#lost, time)) return;
    this.#noted = true;
    this.#last.push(cutAt(this.#lost));
  }
}

/** @param {number} time @returns {Cut} */
function cutAt(time) {
  return { kind: "lost", time, missed: 0, expired: false };
}

/**
 * @param {number | null} lost when the connection was lost, if it was
 * @param {number} time now; both in unix seconds
 */
export function isCut(lost, time) {
  return lost !== null && time - lost >= BRIEF_S;
}

/**
 * Cuts in words: one sentence for both ends of a cut if there is no message in between.
 * @param {Cut[]} cuts
 * @param {Clock} clock
 * @returns {string[]}
 */
export function cutWords(cuts, clock) {
  /** @type {string[]} */
  const sentences = [];
  let open = "";
  for (const { kind, time, missed, expired } of cuts) {
    const moment = `${clock.time(time)} ${clock.zone(time)}`;
    if (kind === "lost") {
      if (open) sentences.push(open);
      open = `connection lost at ${moment}`;
      continue;
    }
    const again = `connected again at ${moment}, ${missedWords(missed, expired)}`;
    sentences.push(open ? `${open}, ${again}` : again);
    open = "";
  }
  return open ? [...sentences, open] : sentences;
}

/** @param {number} missed @param {boolean} expired */
function missedWords(missed, expired) {
  if (expired) return "part of what came meanwhile has expired";
  if (!missed) return "nothing was missed";
  return missed === 1 ? "1 message came meanwhile" : `${missed.toLocaleString("en")} messages came meanwhile`;
}
