/** Times as a viewer reads them: in UTC, or as the clock on the wall shows it, always with the zone's name. */

const FARTHEST = 8.64e12; // seconds from 1970 that a Date can hold; a telescope may send any number

const QUARTER = 900; // seconds: in every zone, days and summer begin at a whole quarter of an hour

export class Clock {
  /** @type {Map<number, string>} the days by quarters, as to name one takes long */
  _days = new Map();

  /** @param {boolean} local whether in the viewer's own zone */
  constructor(local) {
    /** @type {Intl.DateTimeFormatOptions} */
    const zone = local ? {} : { timeZone: "UTC" };
    this._time = new Intl.DateTimeFormat("en-GB", {
      ...zone,
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    this._day = new Intl.DateTimeFormat("en-CA", {
      ...zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    this._zone = new Intl.DateTimeFormat("en-GB", { ...zone, timeZoneName: "short" });
  }

  /** @param {number} timestamp unix seconds @returns {string} such as `03:12:07` */
  time(timestamp) {
    return credible(timestamp) ? this._time.format(timestamp * 1000) : String(timestamp);
  }

  /** @param {number} timestamp unix seconds @returns {string} such as `2026-11-24 UTC` */
  day(timestamp) {
    if (!credible(timestamp)) return "a time that no calendar has";
    const quarter = Math.floor(timestamp / QUARTER);
    let day = this._days.get(quarter);
    if (day === undefined) {
      day = `${this._day.format(timestamp * 1000)} ${this.zone(timestamp)}`;
      this._days.set(quarter, day);
    }
    return day;
  }

  /** @param {number} [timestamp] unix seconds, as summer and winter differ; default: now */
  zone(timestamp = now()) {
    const parts = this._zone.formatToParts(timestamp * 1000);
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  }

  /** @param {number} timestamp unix seconds @returns {string} all of it, such as `03:12:07, 2026-11-24 UTC` */
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
  return credible(timestamp)
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
function credible(timestamp) {
  return Math.abs(timestamp) <= FARTHEST;
}
