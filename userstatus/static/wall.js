/** The wall: a tile for every site, those that need attention first. */

import { bars } from "./bars.js";
import { duration } from "./clock.js";
import { Feed } from "./feed.js";
import { LEVELS, SIGNS, worst } from "./levels.js";

/** @typedef {import("./feed.js").Message} Message */
/** @typedef {import("./bars.js").Activity} Activity */
/** @typedef {{site: string, last: Message, counts: Record<string, number>, activity: Activity}} Site */

const STEP = 600; // seconds of a bar
const BARS = 36; // of the last six hours
const HOUR = 3600 / STEP; // bars of the last hour, to the next ten minutes
const REFRESH = 60_000; // milliseconds until the counts are read again, as what is older falls out of them
const AGAIN = 2_000; // milliseconds

const source = new URL("..", import.meta.url);
const wall = /** @type {HTMLElement} */ (document.querySelector("#wall"));
const state = /** @type {HTMLElement} */ (document.querySelector("#state"));
const empty = /** @type {HTMLElement} */ (document.querySelector("#empty"));

/** @type {Map<string, Site>} */
let sites = new Map();
/** @type {Map<string, HTMLElement>} */
const tiles = new Map();
/** @type {Feed | null} */
let feed = null;
let drawing = 0;

/** @param {Site} site @returns {Record<string, number>} */
const lastHour = ({ activity }) =>
  Object.fromEntries(LEVELS.map((level) => [level, activity.counts[level].slice(-HOUR).reduce((a, b) => a + b, 0)]));

/** How much a site needs attention. @param {Site} site */
const urgency = (site) => Math.max(1, LEVELS.indexOf(worst(lastHour(site)) ?? "info"));

/** @param {string} [only] */
async function read(only) {
  const url = new URL("sites", source);
  url.search = `activity=${STEP}${only ? `&site=${only}` : ""}`;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  /** @type {Site[]} */
  const found = await answer.json();
  if (!only) sites = new Map();
  for (const site of found) sites.set(site.site, site);
  draw();
  return Number(answer.headers.get("X-Last-Id"));
}

async function start() {
  try {
    const cursor = await read();
    feed = new Feed(String(source), "*", cursor);
    feed.addEventListener("message", (event) => take(/** @type {CustomEvent} */ (event).detail));
    feed.addEventListener("state", tell);
    feed.addEventListener("gap", refresh);
    feed.addEventListener("replaced", refresh);
    setInterval(refresh, REFRESH);
  } catch {
    setTimeout(start, AGAIN);
  }
  tell();
}

function refresh() {
  read().catch(() => undefined); // the connection's state says as much
}

/** @param {Message} message */
function take(message) {
  const site = sites.get(message.site);
  if (!site) {
    read(message.site).catch(() => undefined);
    return;
  }
  site.last = message;
  site.counts[message.log_level] += 1;
  const counts = site.activity.counts[message.log_level];
  counts[counts.length - 1] += 1;
  draw();
}

function draw() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    const order = [...sites.values()].sort((a, b) => urgency(b) - urgency(a) || (a.site < b.site ? -1 : 1));
    const focused = document.activeElement;
    order.forEach((site, place) => {
      const tile = tiles.get(site.site) ?? make(site.site);
      fill(tile, site);
      if (wall.children[place] !== tile) wall.insertBefore(tile, wall.children[place] ?? null);
    });
    for (const [name, tile] of tiles) {
      if (sites.has(name)) continue;
      tile.remove();
      tiles.delete(name);
    }
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus();
    empty.hidden = order.length > 0;
    tell();
  });
}

/** @param {string} name of the site */
function make(name) {
  const tile = document.createElement("li");
  tile.innerHTML = `<h2><a></a> <span class="worst"></span></h2><p class="ago"></p><p class="last"></p>
<div class="bars"></div><p class="counts"></p>`;
  const link = /** @type {HTMLAnchorElement} */ (tile.querySelector("a"));
  link.textContent = name;
  link.href = String(new URL(`watch/${name}`, source));
  tiles.set(name, tile);
  return tile;
}

/** @param {HTMLElement} tile @param {Site} site */
function fill(tile, site) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (tile.querySelector(name));
  const level = worst(lastHour(site));
  tile.className = level ?? "";
  part(".worst").textContent = level ? `${SIGNS[level]} ${level}` : "quiet";
  part(".last").textContent = site.last.message;
  part(".last").title = site.last.message;
  tile.dataset.since = String(site.last.timestamp);
  part(".bars").replaceChildren(bars(site.activity, BARS));
  part(".counts").replaceChildren(
    ...LEVELS.filter((each) => site.counts[each]).map((each) =>
      Object.assign(document.createElement("span"), { className: each, textContent: `${SIGNS[each]} ${site.counts[each]} ${each}` }),
    ),
  );
}

function tell() {
  const said = feed?.words ?? "connecting…";
  if (state.textContent !== said) state.textContent = said;
  state.dataset.state = feed?.state ?? "connecting";
  for (const tile of tiles.values())
    /** @type {HTMLElement} */ (tile.querySelector(".ago")).textContent =
      `${duration(Date.now() / 1000 - Number(tile.dataset.since))} ago`;
}

setInterval(tell, 1000);
start();
