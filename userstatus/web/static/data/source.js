/** Where messages come from: the service's base URL, and the key by which an element on another site's page may read. */

export class Source extends URL {
  /** @param {string} url the service's base URL @param {string | null} key null on the service's own pages, which have a cookie */
  constructor(url, key) {
    super(url);
    this.key = key;
  }
}

/**
 * Ask the service.
 * @param {string | URL} url
 * @param {string | URL} source with the key, if one is needed
 * @param {{signal?: AbortSignal}} [options]
 */
export function request(url, source, options = {}) {
  const key = keyOf(source);
  return fetch(url, key ? { ...options, headers: { Authorization: `Bearer ${key}` } } : options);
}

/** Add the key to the URL of a connection, for which browsers send no headers. @param {URL} url @param {string | URL} source */
export function addKey(url, source) {
  const key = keyOf(source);
  if (key) url.searchParams.set("key", key);
}

/** @param {string | URL} source */
function keyOf(source) {
  return source instanceof Source ? source.key : null;
}
