/** A request for messages that the service keeps. */

import { request } from "./source.js";

/** @typedef {import("./feed.js").Message} Message */

export const AFTER_ALL_IDS = 10 ** 15 - 1; // larger than any id

const REJECTING = new Set([400, 401, 403]); // with any other status, it may be worth while to ask again

/** The service rejected the request; asking again will not help. */
export class Rejection extends Error {}

/**
 * @param {string | URL} source the service's base URL
 * @param {string} query of the URL
 * @param {AbortSignal} signal
 * @returns {Promise<{found: Message[], more: boolean, cursor: string, upTo: number}>} in the order of their ids, whether
 *   there are more than these, and the cursor to continue from, with its id
 * @throws {Rejection}
 */
export async function requestMessages(source, query, signal) {
  const url = new URL("recent-logs", source);
  url.search = query;
  const response = await request(url, source, { signal });
  if (!response.ok) {
    const { error = `HTTP ${response.status}` } = await response.json().catch(() => ({}));
    throw REJECTING.has(response.status) ? new Rejection(error) : new Error(error);
  }
  /** @type {Message[]} */
  const found = await response.json();
  found.sort((one, other) => one.id - other.id);
  const last = found.at(-1);
  const lastId = Number(response.headers.get("X-Last-Id"));
  // A message committed during the read may be in the response although it is newer than the cursor there.
  const beyond = last && last.id > lastId;
  const cursor = (beyond ? last.cursor : response.headers.get("X-Cursor")) ?? "0";
  return { found, more: response.headers.has("X-Truncated"), cursor, upTo: beyond ? last.id : lastId };
}
