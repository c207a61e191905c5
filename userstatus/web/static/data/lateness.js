/** How far apart the telescope's time of a message and its receipt are, and why. */

import { duration } from "./clock.js";

const TOLERATED_S = 120;

/**
 * @param {{timestamp: number, received_at: number}} message
 * @param {number} clockError seconds that the site's clock is ahead
 * @returns {string | null} `clock` if the clock is wrong, how late the message came if it waited somewhere; null if neither
 */
export function lateness({ timestamp, received_at }, clockError) {
  const delay = received_at - timestamp;
  if (Math.abs(delay) <= TOLERATED_S) return null;
  const byClock = delay < 0 || (clockError !== 0 && Math.abs(delay + clockError) <= TOLERATED_S);
  return byClock ? "clock" : `${duration(delay)} late`;
}
