/** What a viewer has chosen to see, as part of the page's URL: so it can be sent to a colleague. */

import { LEVELS } from "./levels.js";

/**
 * `levels` are those that are shown, `id` the message to go to.
 * @typedef {{levels: Set<string>, search: string, local: boolean, id: number | null}} View
 */

/** @param {string} query of a URL @returns {View} */
export function fromQuery(query) {
  const parameters = new URLSearchParams(query);
  const named = parameters.get("levels");
  const levels = named === null ? LEVELS : LEVELS.filter((level) => named.split(",").includes(level));
  const id = Number(parameters.get("id"));
  return {
    levels: new Set(levels),
    search: parameters.get("search") ?? "",
    local: parameters.get("time") === "local",
    id: Number.isSafeInteger(id) && id > 0 ? id : null,
  };
}

/** @param {View} view @param {string} query that may have other parameters @returns {string} */
export function toQuery(view, query) {
  const parameters = new URLSearchParams(query);
  /** @param {string} name @param {string | null} value */
  const set = (name, value) => (value === null ? parameters.delete(name) : parameters.set(name, value));
  set("levels", view.levels.size === LEVELS.length ? null : [...view.levels].join(","));
  set("search", view.search || null);
  set("time", view.local ? "local" : null);
  set("id", view.id === null ? null : String(view.id));
  return parameters.size ? `?${parameters}` : "";
}
