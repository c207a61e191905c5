/** Whether a page has been without a connection for too long to be taken for the present, and how it says so. */

import { now } from "./clock.js";

/** @typedef {import("./clock.js").Clock} Clock */

const PATIENCE_S = 10; // for the first connection

/**
 * @param {import("./feed.js").Feed | undefined} feed undefined if there is none yet
 * @param {number} begun when the page began to ask the service, in unix seconds
 * @param {Clock} clock
 * @returns {{since: number, words: string} | null} `since` is in unix seconds; null if all is well, or may still become so
 */
export function outage(feed, begun, clock) {
  /** @param {number} time */
  const at = (time) => `${clock.time(time)} ${clock.zone(time)}, retrying`;
  const lost = feed?.lost ?? null;
  if (lost !== null) return { since: lost, words: `Connection lost at ${at(lost)}` };
  if (feed?.state === "caught up" || now() - begun <= PATIENCE_S) return null;
  return { since: begun, words: `Not connected since ${at(begun)}` };
}
