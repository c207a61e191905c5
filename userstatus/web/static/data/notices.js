/** Notices: what the service itself says in the log of a site. */

/** @typedef {"silence" | "recovery" | "down" | "mute" | "unmute" | "channel" | "configuration"} Kind */

/**
 * What a notice is about. `since` and `until` are in unix seconds; `level` is the worst level that is muted, and `why` the
 * reason that somebody gave.
 * @typedef {{kind: Kind, since?: number, until?: number, level?: import("./levels.js").Level, why?: string}} Notice
 */

/** @type {Record<Kind, string>} */
export const SIGNS = {
  silence: "○",
  recovery: "●",
  down: "◌",
  mute: "⊘",
  unmute: "⊙",
  channel: "✉\ufe0e",
  configuration: "⚙\ufe0e",
};

/** What the signs say, for those who cannot see them. @type {Record<Kind, string>} */
export const WORDS = {
  silence: "silence",
  recovery: "end of a silence",
  down: "the service was down",
  mute: "muted",
  unmute: "no longer muted",
  channel: "sending of alerts",
  configuration: "configuration",
};
