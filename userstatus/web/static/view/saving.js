/** Saves and prints all messages of a period that match what the viewer has chosen to see. */

import { now } from "../data/clock.js";
import { FORMATS } from "../data/export.js";
import { LEVELS } from "../data/levels.js";
import { Lines } from "../data/lines.js";
import { fileName, INSTANT_S } from "../data/period.js";
import { PeriodReader } from "../data/period-reader.js";
import { siteNames } from "../data/site-names.js";
import { save } from "./download.js";
import { Printing } from "./printing.js";

/** @typedef {import("../data/feed.js").Message} Message */
/** @typedef {import("../data/view-state.js").ViewState} ViewState */

/**
 * @typedef {object} Options
 * @property {string | URL} source the service's base URL
 * @property {string} sites comma-separated, or `*`
 * @property {import("../data/known-sites.js").KnownSites} known of the sites
 * @property {ViewState} view
 * @property {import("../data/backlog.js").Backlog} backlog
 * @property {import("./save-menu.js").SaveMenu} menu
 * @property {() => import("../data/clock.js").Clock} clock
 */

export class Saving {
  #options;
  #closed;
  #printing;
  #stop = new AbortController();

  /** @param {ShadowRoot} root @param {Options} options @param {AbortSignal} closed ends it */
  constructor(root, options, closed) {
    this.#options = options;
    this.#closed = closed;
    this.#printing = new Printing(root, () => this.#held(), closed);
    options.menu.addEventListener("save", (event) => this.#save(/** @type {CustomEvent} */ (event).detail));
    options.menu.addEventListener("stop", () => this.#stop.abort());
  }

  /** @param {import("../data/export.js").Format | "print"} output */
  async #save(output) {
    const { source, sites, known, menu } = this.#options;
    const period = menu.periodChoice.period(this.#now(), this.#shown());
    if (!period) {
      menu.showResult("Enter two times such as 2026-11-24 06:00, the earlier one first.");
      return;
    }
    const view = this.#snapshot();
    this.#stop = new AbortController();
    const reader = new PeriodReader(
      { source, sites, levels: view.levels, matches: matcher(view, known), period },
      AbortSignal.any([this.#stop.signal, this.#closed]),
    );
    menu.showProgress(reader.progress);
    if (output === "print") await this.#print(reader, view);
    else await this.#write(reader, output);
  }

  /** @param {PeriodReader} reader @param {import("../data/export.js").Format} format */
  async #write(reader, format) {
    const parts = await this.#read(reader, FORMATS[format].write);
    if (this.#closed.aborted) return;
    const name = fileName(this.#options.sites, reader.period, reader.missing !== "");
    save(parts, format, name);
    this.#tell(`Saved as ${name}.${format}`, reader);
  }

  /** @param {PeriodReader} reader @param {ViewState} view */
  async #print(reader, view) {
    const messages = (await this.#read(reader, (page) => page)).flat();
    if (this.#closed.aborted) return;
    this.#tell("Printed", reader);
    this.#printing.print(this.#sheet(view, messages, reader.period, reader.missing));
  }

  /**
   * @template Part
   * @param {PeriodReader} reader
   * @param {(messages: Message[]) => Part} part what is kept of a page of messages
   * @returns {Promise<Part[]>} oldest first
   */
  async #read(reader, part) {
    const parts = [];
    for await (const messages of reader.pages()) {
      parts.push(part(messages));
      this.#options.menu.showProgress(reader.progress);
    }
    return parts.reverse();
  }

  /** @param {string} done @param {PeriodReader} reader */
  #tell(done, { missing, progress: { read, matching } }) {
    const counts = `${matching.toLocaleString("en")} of ${read.toLocaleString("en")} messages`;
    this.#options.menu.showResult(`${done}: ${counts}${missing && `. It is partial: ${missing}`}.`);
  }

  /** What the page holds, as it is printed without asking for a period. */
  #held() {
    const { backlog, known } = this.#options;
    const view = this.#snapshot();
    const missing = [...(backlog.more ? ["older"] : []), ...(backlog.live ? [] : ["newer"])].join(" and ");
    const partial = missing && `${missing} messages exist that this page does not hold`;
    return this.#sheet(view, backlog.messages.filter(matcher(view, known)), this.#shown(), partial);
  }

  /**
   * @param {ViewState} view
   * @param {Message[]} messages
   * @param {import("../data/period.js").Period} period
   * @param {string} partial
   * @returns {import("./printing.js").Sheet}
   */
  #sheet(view, messages, { from, to }, partial) {
    const { sites, known } = this.#options;
    const clock = this.#options.clock();
    const start = from === null ? "" : ` from ${clock.dayAndTime(from)}`;
    const notes = [
      `Received${start} to ${clock.dayAndTime(to)} ${clock.zone(to)}. Each line has the time by the site's own clock.`,
      filter(view),
      `${messages.length.toLocaleString("en")} messages; what was repeated is on a line of its own each time.`,
    ];
    return {
      heading: `Messages of ${siteNames(sites, known.nameOf)}`,
      notes,
      partial,
      messages,
      clock,
    };
  }

  /** The viewer's choice may change while messages are read. @returns {ViewState} */
  #snapshot() {
    const { view } = this.#options;
    return { ...view, levels: new Set(view.levels) };
  }

  /** The period of what the page holds. */
  #shown() {
    const { messages } = this.#options.backlog;
    const [oldest] = messages;
    const newest = messages.at(-1);
    return { from: oldest?.received_at ?? now(), to: (newest?.received_at ?? now()) + INSTANT_S };
  }

  /** By the viewer's clock, unless that is behind what the service has received. */
  #now() {
    return Math.max(now(), this.#shown().to);
  }
}

/** @param {ViewState} view @param {Options["known"]} known @returns {(message: Message) => boolean} */
function matcher(view, known) {
  const lines = new Lines(view, String, undefined, known.nameOf);
  return (message) => lines.matches(message);
}

/** @param {ViewState} view @returns {string} in words, what of the period is there */
function filter({ levels, search, only }) {
  const some = [levels.size < LEVELS.length ? `Only ${[...levels].join(", ")}` : "All levels"];
  if (only) some.push(`only ${only}`);
  if (search) some.push(`only what matches the search “${search}”`);
  return `${some.join("; ")}.`;
}
