/**
 * What is posted from now on, from a cursor on: by WebSocket, and where that does not get through a network
 * by server-sent events. It connects again for as long as it takes, with the cursor of the last message it has
 * seen.
 */

import { now } from "./clock.js";

/**
 * A message of the service.
 * @typedef {object} Message
 * @property {number} id
 * @property {string} site
 * @property {string} message
 * @property {import("./levels.js").Level} log_level
 * @property {number} timestamp unix seconds, as the telescope says
 * @property {number} received_at unix seconds of the service's clock
 * @property {string} cursor what the service wants to know to go on from here; opaque
 * @property {boolean} [gap] whether something right before it has expired unseen
 */

/** @typedef {"connecting" | "catching up" | "caught up" | "reconnecting"} State */

const PROBE = 20_000; // milliseconds from one question to the next whether the connection still leads anywhere;
// by server-sent events, the service says something as often without being asked
const ANSWER = 8_000; // milliseconds in which it has to be answered
const FIRST_WAIT = 250; // milliseconds, doubled for every attempt
const LONGEST_WAIT = 5_000;
const IN_VAIN = 2; // connections by WebSocket that bring nothing, until the other way is tried

/**
 * Events: `message` (detail: Message), `state`, `gap` (something has expired before it could be sent),
 * `replaced` (the service has another log than before: the ids that were seen mean nothing in it; the feed
 * has ended).
 */
export class Feed extends EventTarget {
  /** @type {State} */
  state = "connecting";
  /** Since when it is caught up, or is not, in unix seconds. */
  since = now();

  /**
   * @param {string} source the service's base URL
   * @param {string} sites with commas, or `*`
   * @param {string} cursor of the last message that was seen
   */
  constructor(source, sites, cursor) {
    super();
    this.source = source;
    this.sites = sites;
    this.cursor = cursor;
    this._inVain = 0;
    this._attempts = 0;
    this._gap = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    /** @type {WebSocket | EventSource | null} */
    this._connection = null;
    this._leaving = new AbortController();
    const { signal } = this._leaving;
    addEventListener("online", () => this._hurry(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this._hurry(), { signal });
    this._connect();
  }

  /** The state in words. @param {import("./clock.js").Clock} clock */
  words(clock) {
    if (this.state === "caught up") return "live";
    if (this.state === "reconnecting")
      return `reconnecting, since ${clock.time(this.since)} ${clock.zone(this.since)}`;
    return `${this.state}…`;
  }

  close() {
    this._leaving.abort();
    clearTimeout(this._timer);
    this._drop();
  }

  /** After sleep, or with the network back: nothing is waited for that can be known now. */
  _hurry() {
    if (this.state === "reconnecting") {
      clearTimeout(this._timer);
      this._connect();
    } else this._probe();
  }

  _connect() {
    this._drop();
    if (this._inVain < IN_VAIN) this._openSocket();
    else this._openEvents();
  }

  /** @param {string} path */
  _url(path) {
    const url = new URL(path, this.source);
    url.search = `site=${this.sites}&after_id=${encodeURIComponent(this.cursor)}`;
    return url;
  }

  _openSocket() {
    const url = this._url("ws");
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this._connection = socket;
    this._expect(ANSWER);
    socket.onopen = () => this._probe();
    socket.onmessage = ({ data }) => {
      const { subscribed, caughtup, id, ...rest } = JSON.parse(data);
      if (subscribed) this._stand(subscribed);
      else if (caughtup) this._level(caughtup.cursor);
      else if (id) this._take({ id, ...rest });
    };
    socket.onclose = () => this._lose();
  }

  _openEvents() {
    const events = new EventSource(this._url("events"));
    this._connection = events;
    this._expect(ANSWER);
    /** @param {string} name @param {(content: any) => void} take */
    const on = (name, take) =>
      events.addEventListener(name, (event) => take(JSON.parse(/** @type {MessageEvent} */ (event).data)));
    on("subscribed", (standing) => this._stand(standing));
    on("caughtup", ({ cursor }) => this._level(cursor));
    on("newlog", (message) => this._take(message));
    events.onerror = () => this._lose();
  }

  /** @param {{gap: boolean, replaced: boolean}} standing */
  _stand({ gap, replaced }) {
    if (replaced) {
      this.close();
      this.dispatchEvent(new Event("replaced"));
      return;
    }
    if (gap) {
      this._gap = true;
      this.dispatchEvent(new Event("gap"));
    }
    this._become("catching up");
  }

  /** @param {Message} message */
  _take(message) {
    this.cursor = message.cursor;
    message.timestamp = Number(message.timestamp);
    if (this._gap) message.gap = true;
    this._gap = false;
    this._heard();
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  /** @param {string} cursor */
  _level(cursor) {
    this.cursor = cursor;
    this._attempts = 0;
    this._inVain = 0;
    this._heard();
    this._become("caught up");
  }

  _probe() {
    if (!(this._connection instanceof WebSocket) || this._connection.readyState !== WebSocket.OPEN) return;
    this._connection.send('{"action":"caughtup"}');
    this._expect(ANSWER);
  }

  /** Something came. The next question can wait; where none can be asked, something comes by itself. */
  _heard() {
    if (this._connection instanceof EventSource) {
      this._expect(PROBE + ANSWER);
      return;
    }
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._probe(), PROBE);
  }

  /** @param {number} milliseconds in which something has to come, or the connection leads nowhere */
  _expect(milliseconds) {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._lose(), milliseconds);
  }

  _lose() {
    // After a connection by events, the better way is tried again.
    this._inVain = this._connection instanceof WebSocket ? this._inVain + 1 : 0;
    this._drop();
    this._become("reconnecting");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this._attempts) * (0.5 + Math.random() / 2);
    this._attempts += 1;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._connect(), wait);
  }

  _drop() {
    const connection = this._connection;
    this._connection = null;
    if (connection instanceof WebSocket) connection.onopen = connection.onmessage = connection.onclose = null;
    if (connection instanceof EventSource) connection.onerror = null;
    connection?.close();
  }

  /** @param {State} state */
  _become(state) {
    if (state === this.state) return;
    if (this.state === "caught up" || state === "caught up") this.since = now();
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
