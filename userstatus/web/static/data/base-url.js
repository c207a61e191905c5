/** The base URL of the service that this script comes from, with its prefix: `https://example.org/dev/`. */
export const BASE_URL = new URL("../..", import.meta.url).href;
