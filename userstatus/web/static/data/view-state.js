/** What a viewer has chosen to see. It is part of the page's URL, so that it can be sent to a colleague. */

import { LEVELS } from "./levels.js";

/**
 * `levels` are the levels shown, `local` is whether times are in local time (which is not in the URL), `id` is the message to go to.
 * @typedef {{levels: Set<string>, search: string, local: boolean, id: number | null}} ViewState
 */

/** @param {string} query of a URL @returns {ViewState} */
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

/** @param {ViewState} state @param {string} query whose other parameters are kept @returns {string} */
export function toQuery(state, query) {
  const parameters = new URLSearchParams(query);
  /** @param {string} name @param {string | null} value */
  const set = (name, value) => (value === null ? parameters.delete(name) : parameters.set(name, value));
  set("levels", state.levels.size === LEVELS.length ? null : [...state.levels].join(","));
  set("search", state.search || null);
  // Which zone a viewer prefers is remembered elsewhere; links from before that say so, until it is changed.
  if (!state.local) parameters.delete("time");
  set("id", state.id === null ? null : String(state.id));
  return parameters.size ? `?${parameters}` : "";
}
