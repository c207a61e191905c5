/** How far apart the telescope's time of a message and its receipt are, and why. */

import { duration } from "./clock.js";

/** @typedef {{id: number, site: string, timestamp: number, received_at: number}} Sent */

const TOLERATED_S = 120;
const APART_S = 60; // messages that come together may have waited together
const NEAR = 200; // messages on either side among which others of the site are looked for

/**
 * @param {{timestamp: number, received_at: number}} message
 * @param {number} clockError seconds that the site's clock was ahead
 * @returns {string | null} `clock` if the clock is wrong, how late the message came if it waited somewhere; null if neither
 */
export function lateness(message, clockError) {
  const delay = delayOf(message);
  if (Math.abs(delay) <= TOLERATED_S) return null;
  const byClock = delay < 0 || (clockError !== 0 && Math.abs(delay + clockError) <= TOLERATED_S);
  return byClock ? "clock" : `${duration(delay)} late`;
}

/**
 * The error of a site's clock when a message was sent: today's, if the message agrees with it. Otherwise it shows in the
 * messages around: by a clock that is off, those of other minutes seem to come equally late.
 * @param {Sent} message
 * @param {Sent[]} messages of the log, in the order of their ids, with this one among them or not
 * @param {number} today seconds that the site's clock is ahead now
 * @returns {number} seconds that it was ahead
 */
export function clockErrorAt(message, messages, today) {
  const delay = delayOf(message);
  if (Math.abs(delay) <= TOLERATED_S || Math.abs(delay + today) <= TOLERATED_S) return today;
  const place = placeOf(message.id, messages);
  const around = messages.slice(Math.max(0, place - NEAR), place + NEAR);
  const agrees = around.some(
    (other) =>
      other.site === message.site &&
      Math.abs(other.received_at - message.received_at) >= APART_S &&
      Math.abs(delayOf(other) - delay) <= TOLERATED_S,
  );
  return agrees ? -delay : 0;
}

/** @param {number} id @param {Sent[]} messages in the order of their ids: there may be many @returns {number} where it is among them */
function placeOf(id, messages) {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {{timestamp: number, received_at: number}} message */
function delayOf({ timestamp, received_at }) {
  return received_at - timestamp;
}
