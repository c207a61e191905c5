/** What was posted before, from the newest back, page by page. */

const NEWEST = 10 ** 15 - 1; // greater than any id
const AGAIN = 2_000; // milliseconds

/** @typedef {import("./feed.js").Message} Message */

/**
 * @param {string} source the service's base URL
 * @param {string} sites with commas, or `*`
 * @param {number} [before] an id; the newest messages without it
 * @param {number} [limit]
 * @returns {Promise<{messages: Message[], more: boolean, cursor: number}>} in the order of their ids, whether
 *   there are older ones, and the cursor for which that is true
 */
export async function read(source, sites, before = NEWEST, limit = 1000) {
  const url = new URL("recent-logs", source);
  url.search = `site=${sites}&before_id=${before}&limit=${limit}`;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? `HTTP ${answer.status}`);
  /** @type {Message[]} */
  const messages = await answer.json();
  return {
    messages: messages.sort((one, other) => one.id - other.id),
    more: answer.headers.has("X-Truncated"),
    cursor: Number(answer.headers.get("X-Last-Id")),
  };
}

/**
 * The same, however long the service does not answer.
 * @param {string} source
 * @param {string} sites
 * @param {AbortSignal} signal
 */
export async function readPatiently(source, sites, signal) {
  for (;;) {
    try {
      return await read(source, sites);
    } catch (error) {
      if (signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
}
