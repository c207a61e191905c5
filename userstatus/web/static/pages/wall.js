/** The wall: a tile for every site, the most urgent first. */

import { BASE_URL } from "../data/base-url.js";
import { Clock } from "../data/clock.js";
import { Feed } from "../data/feed.js";
import { Statistics, urgency } from "../data/statistics.js";
import { onBackOnline } from "../view/back-online.js";
import { STEP_S, Tile } from "../view/tile.js";

/** @typedef {import("../data/feed.js").Message} Message */

const RETRY_MS = 2000;
const TICK_MS = 1000; // between updates of how long ago things were

const wall = /** @type {HTMLElement} */ (document.querySelector("#wall"));
const state = /** @type {HTMLElement} */ (document.querySelector("#state"));
const empty = /** @type {HTMLElement} */ (document.querySelector("#empty"));

const byCode = new Intl.Collator("en", { numeric: true });
const clock = new Clock(false);
const statistics = new Statistics(BASE_URL, "*", STEP_S);
/** @type {Map<string, Tile>} */
const tiles = new Map();
/** @type {Feed | undefined} */
let feed;
let drawing = false;

async function start() {
  try {
    await statistics.read();
  } catch {
    setTimeout(start, RETRY_MS);
    return;
  }
  feed = new Feed(BASE_URL, "*", statistics.cursor);
  feed.addEventListener("message", (event) =>
    statistics.add(/** @type {CustomEvent<Message>} */ (event).detail),
  );
  feed.addEventListener("state", tick);
  feed.addEventListener("gap", () => statistics.refresh());
  feed.addEventListener("replaced", start);
  tick();
}

function requestDraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
}

function draw() {
  const sites = [...statistics.sites.values()];
  sites.sort((a, b) => urgency(b) - urgency(a) || byCode.compare(a.site, b.site));
  const focused = document.activeElement;
  sites.forEach((each, place) => {
    const tile = tiles.get(each.site) ?? new Tile(each.site, BASE_URL);
    tiles.set(each.site, tile);
    tile.show(each);
    if (wall.children[place] !== tile.element) wall.insertBefore(tile.element, wall.children[place] ?? null);
  });
  for (const [site, tile] of tiles) {
    if (statistics.sites.has(site)) continue;
    tile.element.remove();
    tiles.delete(site);
  }
  // An element that is moved loses the focus.
  if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus();
  empty.hidden = sites.length > 0;
}

/** Show the state, and how long ago things were. */
function tick() {
  const words = feed?.words(clock) ?? "connecting…";
  if (state.textContent !== words) state.textContent = words;
  state.dataset.state = feed?.state ?? "connecting";
  for (const tile of tiles.values()) tile.updateAge();
}

statistics.addEventListener("change", requestDraw);
onBackOnline(() => feed?.hurry());
setInterval(tick, TICK_MS);
start();
