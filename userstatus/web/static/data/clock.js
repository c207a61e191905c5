/** Times as a viewer reads them: in UTC or in local time, always with the name of the time zone. */

const MAX_DATE_S = 8.64e12; // the largest time a Date can hold; a telescope may send any number
const QUARTER_S = 900; // in every time zone, days and summer time begin at a whole quarter of an hour

export class Clock {
  #time;
  #day;
  #zone;
  /** @type {Map<number, string>} days by quarter of an hour: formatting them is slow */
  #days = new Map();

  /** @param {boolean} local whether to show the viewer's own time zone */
  constructor(local) {
    /** @type {Intl.DateTimeFormatOptions} */
    const zone = local ? {} : { timeZone: "UTC" };
    this.#time = new Intl.DateTimeFormat("en-GB", {
      ...zone,
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    this.#day = new Intl.DateTimeFormat("en-CA", {
      ...zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    this.#zone = new Intl.DateTimeFormat("en-GB", { ...zone, timeZoneName: "short" });
  }

  /** @param {number} timestamp unix seconds @returns {string} such as `03:12:07` */
  time(timestamp) {
    return isDate(timestamp) ? this.#time.format(timestamp * 1000) : String(timestamp);
  }

  /** @param {number} timestamp unix seconds @returns {string} such as `2026-11-24 UTC` */
  day(timestamp) {
    if (!isDate(timestamp)) return "not a valid date";
    const quarter = Math.floor(timestamp / QUARTER_S);
    let day = this.#days.get(quarter);
    if (day === undefined) {
      day = `${this.#day.format(timestamp * 1000)} ${this.zone(timestamp)}`;
      this.#days.set(quarter, day);
    }
    return day;
  }

  /** @param {number} timestamp unix seconds @returns {string} such as `2026-11-24 03:12:07` */
  dayAndTime(timestamp) {
    if (!isDate(timestamp)) return String(timestamp);
    return `${this.#day.format(timestamp * 1000)} ${this.#time.format(timestamp * 1000)}`;
  }

  /** @param {number} [timestamp] unix seconds, because the name depends on summer time; default: now */
  zone(timestamp = now()) {
    const parts = this.#zone.formatToParts(timestamp * 1000);
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  }

  /** @param {number} timestamp unix seconds @returns {string} such as `03:12:07, 2026-11-24 UTC` */
  moment(timestamp) {
    return `${this.time(timestamp)}, ${this.day(timestamp)}`;
  }
}

/** Unix seconds. */
export function now() {
  return Date.now() / 1000;
}

/** @param {number} timestamp unix seconds @returns {string} ISO 8601 in UTC, to the second */
export function iso(timestamp) {
  return isDate(timestamp)
    ? new Date(timestamp * 1000).toISOString().replace(/\.\d+Z$/, "Z")
    : String(timestamp);
}

/** @param {number} seconds @returns {string} such as `12 min` */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** @param {number} timestamp unix seconds */
function isDate(timestamp) {
  return Math.abs(timestamp) <= MAX_DATE_S;
}
