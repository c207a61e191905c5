/** The wall: a tile for every site, those that need attention first. */

import { Clock } from "./clock.js";
import { Feed } from "./feed.js";
import { Glances } from "./glances.js";
import { STEP, Tile, urgency } from "./tile.js";

/** @typedef {import("./feed.js").Message} Message */

const AGAIN = 2000; // milliseconds until the service is asked again

const source = new URL("..", import.meta.url).href;
const wall = /** @type {HTMLElement} */ (document.querySelector("#wall"));
const state = /** @type {HTMLElement} */ (document.querySelector("#state"));
const empty = /** @type {HTMLElement} */ (document.querySelector("#empty"));

const byCode = new Intl.Collator("en", { numeric: true });
const clock = new Clock(false);
const glances = new Glances(source, "*", STEP);
/** @type {Map<string, Tile>} */
const tiles = new Map();
/** @type {Feed | undefined} */
let feed;
let drawing = false;

async function start() {
  try {
    await glances.read();
  } catch {
    setTimeout(start, AGAIN);
    return;
  }
  feed = new Feed(source, "*", glances.cursor);
  feed.addEventListener("message", (event) =>
    glances.add(/** @type {CustomEvent<Message>} */ (event).detail),
  );
  feed.addEventListener("state", tell);
  feed.addEventListener("gap", () => glances.refresh());
  feed.addEventListener("replaced", start);
  tell();
}

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const found = [...glances.sites.values()];
    const order = found.sort((a, b) => urgency(b) - urgency(a) || byCode.compare(a.site, b.site));
    const focused = document.activeElement;
    order.forEach((glance, place) => {
      const tile = tiles.get(glance.site) ?? new Tile(glance.site, source);
      tiles.set(glance.site, tile);
      tile.show(glance);
      if (wall.children[place] !== tile.element)
        wall.insertBefore(tile.element, wall.children[place] ?? null);
    });
    for (const [site, tile] of tiles) {
      if (glances.sites.has(site)) continue;
      tile.element.remove();
      tiles.delete(site);
    }
    // What is moved loses the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus();
    empty.hidden = order.length > 0;
  });
}

function tell() {
  const words = feed?.words(clock) ?? "connecting…";
  if (state.textContent !== words) state.textContent = words;
  state.dataset.state = feed?.state ?? "connecting";
  for (const tile of tiles.values()) tile.tell();
}

glances.addEventListener("change", draw);
setInterval(tell, 1000);
start();
