/** What a viewer has chosen to see. It is part of the page's URL, so that it can be sent to a colleague. */

import { iso } from "./clock.js";
import { LEVELS } from "./levels.js";
import { timeIn } from "./time-input.js";

/**
 * `levels` are the levels shown, `only` is the one site that is shown, `local` is whether times are in local time (which is
 * not in the URL), `id` is the message to go to, `at` the time to go to, in unix seconds.
 * @typedef {{levels: Set<string>, search: string, only: string | null, local: boolean, id: number | null, at: number | null}} ViewState
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
    only: parameters.get("only") || null,
    local: parameters.get("time") === "local",
    id: Number.isSafeInteger(id) && id > 0 ? id : null,
    at: timeIn(parameters.get("at") ?? ""),
  };
}

/** @param {string} query of a URL @returns {string} which of its parameters is not understood, and what to write; empty if all are */
export function whatIsWrong(query) {
  const parameters = new URLSearchParams(query);
  const [at, id, levels] = ["at", "id", "levels"].map((name) => parameters.get(name) || null);
  const { at: time, id: named } = fromQuery(query);
  if (at !== null && time === null) return `The URL has at=${at}: write a time like 2026-11-23T02:13Z.`;
  if (id !== null && named === null) return `The URL has id=${id}: write the number of a message.`;
  const unknown = levels?.split(",").find((level) => !LEVELS.some((each) => each === level));
  return unknown ? `The URL has the level ${unknown}: write ${LEVELS.join(", ")}, with commas.` : "";
}

/** Whether there are messages that are not to be shown. @param {ViewState} state */
export function isFiltered({ levels, search, only }) {
  return levels.size < LEVELS.length || search !== "" || only !== null;
}

/** Show every message. @param {ViewState} state */
export function showAll(state) {
  state.levels = new Set(LEVELS);
  state.search = "";
  state.only = null;
}

/** Show one level only; if it is the only one already, show all. @param {ViewState} state @param {string} level */
export function onlyLevel(state, level) {
  const isOnly = state.levels.size === 1 && state.levels.has(level);
  state.levels = new Set(isOnly ? LEVELS : [level]);
}

/** Show one site only; if it is the only one already, show all. @param {ViewState} state @param {string} site */
export function onlySite(state, site) {
  state.only = state.only === site ? null : site;
}

/** @param {ViewState} state @param {string} query whose other parameters are kept @returns {string} */
export function toQuery(state, query) {
  const parameters = new URLSearchParams(query);
  /** @param {string} name @param {string | null} value */
  const set = (name, value) => (value === null ? parameters.delete(name) : parameters.set(name, value));
  set("levels", state.levels.size === LEVELS.length ? null : [...state.levels].join(","));
  set("search", state.search || null);
  set("only", state.only);
  // Which zone a viewer prefers is remembered elsewhere; links from before that say so, until it is changed.
  if (!state.local) parameters.delete("time");
  set("id", state.id === null ? null : String(state.id));
  set("at", state.at === null ? null : iso(state.at));
  return parameters.size ? `?${parameters}` : "";
}
