/** Stand-ins for the service and for what a browser has and Node has not. */

export const SOURCE = "https://example.org/dev/";

/** A message as the service sends it. */
export function message(id, fields = {}) {
  return {
    id,
    site: "tst",
    message: `line ${id}`,
    log_level: "info",
    timestamp: id,
    received_at: id,
    cursor: `cursor ${id}`,
    ...fields,
  };
}

/** A response of the service. */
export function response(content, { status = 200, headers = {} } = {}) {
  return { ok: status < 300, status, headers: new Headers(headers), json: async () => content };
}

/** Have `fetch` answer with what `answer` makes of the URL, until the test ends. Returns the URLs that were asked for. */
export function answering(context, answer) {
  const urls = [];
  context.mock.method(globalThis, "fetch", async (url, { signal } = {}) => {
    urls.push(new URL(url));
    const found = await answer(new URL(url));
    signal?.throwIfAborted();
    if (found instanceof Error) throw found;
    return found;
  });
  return urls;
}

/**
 * Answer requests for messages as the service does, out of a log to which more may be added, at most so many at a time.
 * `seen` is the id up to which the process that answers knows the log. Returns the queries that were asked.
 */
export function serving(context, log, { most = 1000, seen = () => log.at(-1)?.id ?? 0 } = {}) {
  const queries = [];
  context.mock.method(globalThis, "fetch", async (url) => {
    const query = Object.fromEntries(new URL(url).searchParams);
    queries.push(query);
    const { after_id = 0, before_id = Infinity, received_after = -Infinity, order } = query;
    const known = log.filter(({ id }) => id <= seen());
    const found = known.filter(
      ({ id, received_at }) => id > after_id && id < before_id && received_at > received_after,
    );
    const page = order === "oldest" ? found.slice(0, most) : found.slice(-most);
    const headers = { "X-Last-Id": String(seen()), "X-Cursor": `cursor ${seen()}` };
    if (page.length < found.length) headers["X-Truncated"] = "true";
    return response(page, { headers });
  });
  return queries;
}

/** Let everything happen that waits for nothing but promises. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The events of these names that a target dispatches, with their details, as they come. */
export function recorded(target, ...names) {
  const events = [];
  for (const name of names)
    target.addEventListener(name, ({ detail }) =>
      events.push(detail === null || detail === undefined ? name : [name, detail]),
    );
  return events;
}

class FakeConnection {
  closed = false;

  constructor(url) {
    this.url = new URL(url);
    this.constructor.made.push(this);
  }

  close() {
    this.closed = true;
  }
}

class FakeWebSocket extends FakeConnection {
  static OPEN = 1;
  readyState = 0;
  sent = [];

  open() {
    this.readyState = FakeWebSocket.OPEN;
    this.onopen?.();
  }

  receive(content) {
    this.onmessage?.({ data: JSON.stringify(content) });
  }

  send(text) {
    if (this.readyState !== FakeWebSocket.OPEN) throw new Error("it is not open");
    this.sent.push(JSON.parse(text));
  }

  lose() {
    this.readyState = 3;
    this.onclose?.();
  }
}

class FakeEventSource extends FakeConnection {
  readyState = 1; // open
  #listeners = new Map();

  addEventListener(name, listener) {
    this.#listeners.set(name, listener);
  }

  receive(name, content) {
    this.#listeners.get(name)({ data: JSON.stringify(content) });
  }

  lose() {
    this.onerror?.();
  }
}

/** Put stand-ins in the place of the browser's connections. Returns those that will be made. */
export function connections() {
  globalThis.WebSocket = class extends FakeWebSocket {
    static made = [];
  };
  globalThis.EventSource = class extends FakeEventSource {
    static made = [];
  };
  return { sockets: WebSocket.made, streams: EventSource.made };
}
