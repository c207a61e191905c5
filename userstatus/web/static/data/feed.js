/**
 * The live feed: messages from a cursor on, over WebSocket, or over server-sent events where a network does not let
 * WebSockets through. It reconnects for as long as it takes, from the cursor of the last message it has received.
 */

import { now } from "./clock.js";
import { addKey } from "./source.js";

/**
 * A message of the service.
 * @typedef {object} Message
 * @property {number} id
 * @property {string} site
 * @property {string} message
 * @property {import("./levels.js").Level} log_level
 * @property {number} timestamp unix seconds, according to the telescope
 * @property {number} received_at unix seconds of the service's clock
 * @property {string} cursor what the service needs to know to continue from here; opaque
 * @property {number} [next_within] seconds within which the telescope has promised another one
 * @property {import("./levels.js").Level} [original_level] the telescope's own level, if a rule of the service has changed it
 * @property {import("./notices.js").Notice} [notice] what it is about, if the service itself says it
 * @property {boolean} [gap] whether messages right before it have expired unseen
 */

/** @typedef {"connecting" | "catching up" | "caught up" | "reconnecting"} State */

// How often to ask whether the connection is alive. Over server-sent events, the service sends something that often.
const PROBE_MS = 20_000;
const ANSWER_TIMEOUT_MS = 8_000;
const FIRST_RETRY_MS = 250; // doubled with every attempt
const MAX_RETRY_MS = 5_000;
const MAX_FAILED_SOCKETS = 2; // WebSockets that fail in a row until server-sent events are tried

/**
 * Events: `message` (detail: Message), `state`, `gap` (messages have expired before they could be sent), `replaced`
 * (the service has another log than before, in which the ids received so far mean nothing; the feed has ended).
 */
export class Feed extends EventTarget {
  /** @type {State} */
  state = "connecting";
  /** When it became caught up, or ceased to be, in unix seconds. */
  since = now();
  #source;
  #sites;
  #cursor;
  #failedSockets = 0;
  #attempts = 0;
  #gap = false;
  #wasCaughtUp = false;
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** @type {WebSocket | EventSource | null} */
  #connection = null;

  /**
   * @param {string | URL} source the service's base URL
   * @param {string} sites comma-separated, or `*`
   * @param {string} cursor to continue from
   */
  constructor(source, sites, cursor) {
    super();
    this.#source = source;
    this.#sites = sites;
    this.#cursor = cursor;
    this.#connect();
  }

  /** When the connection was lost that has not come back yet, in unix seconds. It can be lost once it was there. */
  get lost() {
    return this.#wasCaughtUp && this.state !== "caught up" ? this.since : null;
  }

  /** The state in words, as long as there is no outage. */
  get words() {
    if (this.state === "caught up") return "live";
    return this.state === "catching up" ? "catching up…" : "connecting…";
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#disconnect();
  }

  /** Reconnect or probe now instead of when it is due: the network or the viewer is back. */
  hurry() {
    if (this.#closed) return;
    if (this.state === "reconnecting") this.#connect();
    else this.#probe();
  }

  #connect() {
    if (this.#failedSockets < MAX_FAILED_SOCKETS) this.#openSocket();
    else this.#openEvents();
  }

  /** @param {string} path */
  #url(path) {
    const url = new URL(path, this.#source);
    url.search = `site=${this.#sites}&after_id=${encodeURIComponent(this.#cursor)}`;
    addKey(url, this.#source);
    return url;
  }

  #openSocket() {
    const url = this.#url("ws");
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#connection = socket;
    this.#expectWithin(ANSWER_TIMEOUT_MS);
    socket.onopen = () => this.#probe();
    socket.onmessage = ({ data }) => {
      const { subscribed, caughtup, id, ...rest } = JSON.parse(data);
      if (subscribed) this.#subscribed(subscribed);
      else if (caughtup) this.#caughtUp(caughtup.cursor);
      else if (id) this.#receive({ id, ...rest });
    };
    socket.onclose = () => this.#lost();
  }

  #openEvents() {
    const events = new EventSource(this.#url("events"));
    this.#connection = events;
    this.#expectWithin(ANSWER_TIMEOUT_MS);
    /** @param {string} name @param {(content: any) => void} take */
    const on = (name, take) =>
      events.addEventListener(name, (event) => take(JSON.parse(/** @type {MessageEvent} */ (event).data)));
    on("subscribed", (subscribed) => this.#subscribed(subscribed));
    on("caughtup", ({ cursor }) => this.#caughtUp(cursor));
    on("newlog", (message) => this.#receive(message));
    events.onerror = () => this.#lost();
  }

  /** @param {{gap: boolean, replaced: boolean}} subscribed */
  #subscribed({ gap, replaced }) {
    if (replaced) {
      this.close();
      this.dispatchEvent(new Event("replaced"));
      return;
    }
    if (gap) {
      this.#gap = true;
      this.dispatchEvent(new Event("gap"));
    }
    this.#enter("catching up");
  }

  /** @param {Message} message */
  #receive(message) {
    this.#cursor = message.cursor;
    message.timestamp = Number(message.timestamp);
    if (this.#gap) message.gap = true;
    this.#gap = false;
    this.#alive();
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  /** @param {string} cursor */
  #caughtUp(cursor) {
    this.#cursor = cursor;
    this.#attempts = 0;
    this.#failedSockets = 0;
    this.#alive();
    this.#enter("caught up");
  }

  #probe() {
    const connection = this.#connection;
    if (!(connection instanceof WebSocket) || connection.readyState !== WebSocket.OPEN) return;
    connection.send('{"action":"caughtup"}');
    this.#expectWithin(ANSWER_TIMEOUT_MS);
  }

  /** Something arrived: the next probe can wait. Over server-sent events, the service must send the next sign of life. */
  #alive() {
    if (this.#connection instanceof EventSource) {
      this.#expectWithin(PROBE_MS + ANSWER_TIMEOUT_MS);
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#probe(), PROBE_MS);
  }

  /** @param {number} milliseconds after which the connection counts as lost, unless something arrives */
  #expectWithin(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(), milliseconds);
  }

  #lost() {
    // WebSocket is preferred: after server-sent events have been lost, it is tried again.
    this.#failedSockets = this.#connection instanceof WebSocket ? this.#failedSockets + 1 : 0;
    this.#disconnect();
    this.#enter("reconnecting");
    const wait = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempts) * (0.5 + Math.random() / 2);
    this.#attempts += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #disconnect() {
    const connection = this.#connection;
    this.#connection = null;
    if (connection instanceof WebSocket) connection.onopen = connection.onmessage = connection.onclose = null;
    if (connection instanceof EventSource) connection.onerror = null;
    connection?.close();
  }

  /** @param {State} state */
  #enter(state) {
    if (state === this.state) return;
    if (this.state === "caught up" || state === "caught up") this.since = now();
    this.#wasCaughtUp ||= state === "caught up";
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
