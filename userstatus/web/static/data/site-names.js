/** The sites of a view, as attributes and URLs name them (codes separated by commas, `*` for every site), for people. */

const MAX_NAMED = 64; // characters of codes in a file's name: one code fits, however long

/**
 * @param {string} sites
 * @param {(code: string) => string} [nameOf] how people call a site; empty if nobody has said
 * @returns {string} such as `mrc1 (McDonald 1), mrc2`
 */
export function siteNames(sites, nameOf = () => "") {
  return codes(sites).includes("*")
    ? "every site"
    : codes(sites)
        .map((code) => withName(code, nameOf(code)))
        .join(", ");
}

/** @param {string} code @param {string} name of the site; empty if it has none @returns {string} such as `mrc1 (McDonald 1)` */
export function withName(code, name) {
  return name ? `${code} (${name})` : code;
}

/** @param {string} sites @returns {string} such as `mrc1-mrc2` or `12-sites`, for the name of a file */
export function siteFileName(sites) {
  const all = codes(sites);
  if (all.includes("*")) return "every-site";
  const joined = all.join("-");
  return joined.length > MAX_NAMED && all.length > 1 ? `${all.length}-sites` : joined;
}

/** @param {string} sites @param {string | URL} source the service's base URL @returns {string} the URL of their page there */
export function sitePage(sites, source) {
  return new URL(`watch/${codes(sites).map(encodeURIComponent).join(",")}`, source).href;
}

/** @param {string} sites @returns {string[]} */
export function codes(sites) {
  return sites
    .split(",")
    .map((code) => code.trim().toLowerCase())
    .filter(Boolean);
}
