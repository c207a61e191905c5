/** The wall: a tile for every site, the most urgent first. */

import { BASE_URL } from "../data/base-url.js";
import { Clock, now } from "../data/clock.js";
import { Feed } from "../data/feed.js";
import { outage } from "../data/outage.js";
import { Statistics } from "../data/statistics.js";
import { STATES } from "../data/urgency.js";
import { Alerts } from "../view/alerts.js";
import { onBackOnline } from "../view/back-online.js";
import { ConnectionBand } from "../view/connection-band.js";
import { element } from "../view/element.js";
import { firstPost } from "../view/first-post.js";
import { Keys } from "../view/keys.js";
import { PageTitle } from "../view/page-title.js";
import { STEP_S } from "../view/tile.js";
import { Tiles } from "../view/tiles.js";
import { WallFilter } from "../view/wall-filter.js";
import { WallForm } from "../view/wall-form.js";
import { WALL_KEYS } from "../view/wall-keys.js";
import { WallSummary } from "../view/wall-summary.js";

/** @typedef {import("../data/feed.js").Message} Message */

const RETRY_MS = 2000;
const TICK_MS = 1000; // between updates of how long ago things were

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const bar = find("#bar");
const state = find("#state");
const empty = find("#empty");

const utc = new Clock(false);
const statistics = new Statistics(BASE_URL, "*", STEP_S);
const tiles = new Tiles(statistics, BASE_URL, asOf);
const summary = new WallSummary();
const clock = element("time", { id: "clock" });
const filter = new WallFilter();
const form = new WallForm(tiles.element, bar);
const keys = new Keys(WALL_KEYS, { form, filter });
const alerts = new Alerts((code) => statistics.sites.get(code));
const title = new PageTitle();
const band = new ConnectionBand();
/** @type {Feed | undefined} */
let feed;
let begun = now();

async function start() {
  try {
    await statistics.read();
  } catch {
    setTimeout(start, RETRY_MS);
    return;
  }
  feed = new Feed(BASE_URL, "*", statistics.cursor);
  feed.addEventListener("message", (event) => receive(/** @type {CustomEvent<Message>} */ (event).detail));
  feed.addEventListener("state", showState);
  feed.addEventListener("gap", () => statistics.refresh());
  feed.addEventListener("replaced", () => {
    begun = now();
    start();
  });
  showState();
}

/** @param {Message} message */
function receive(message) {
  statistics.add(message);
  alerts.notify(message);
  title.count(message);
}

/** When what is known of the sites was complete: without a connection, nobody is silent because of that. */
function asOf() {
  return feed && feed.state !== "caught up" ? feed.since : now();
}

function showState() {
  const out = outage(feed, begun, utc);
  const words = out?.words ?? feed?.words ?? "connecting…";
  if (state.textContent !== words) state.textContent = words;
  state.dataset.state = feed?.state ?? "connecting";
  band.show(out);
  title.showLost(band.lost);
}

function showTiles() {
  const { conditions, hidden } = tiles;
  summary.show(conditions.values());
  const states = new Set([...conditions.values()].map((each) => each.state));
  title.showWorst(STATES.find((each) => states.has(each)) ?? "fine");
  filter.showHidden(hidden, conditions.size);
  form.count = conditions.size - hidden;
  empty.hidden = !statistics.known || conditions.size > 0;
}

/** Show what changes with time, as soon as a second begins. */
function tick() {
  clock.textContent = `${utc.time(now())} ${utc.zone()}`;
  showState();
  tiles.tick();
  setTimeout(tick, TICK_MS - (Date.now() % TICK_MS));
}

bar.append(summary.element, clock, filter.element, alerts.element, form.compactButton, form.fullScreenButton);
bar.before(band.element);
bar.after(filter.hint, tiles.element, keys.element);
empty.append(...firstPost(BASE_URL));
tiles.addEventListener("change", showTiles);
alerts.addEventListener("open", (event) => {
  const { site, id } = /** @type {CustomEvent<Message>} */ (event).detail;
  location.assign(new URL(`watch/${site}?id=${id}`, BASE_URL));
});
filter.addEventListener("filter", () => {
  tiles.filter = filter.text;
});
keys.listen(document);
onBackOnline(() => feed?.hurry());
tick();
start();
