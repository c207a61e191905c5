/** Times as a viewer reads them: in UTC, or as the clock on the wall shows it, always with the zone's name. */

export class Clock {
  /** @param {boolean} local */
  constructor(local) {
    /** @type {Intl.DateTimeFormatOptions} */
    const zone = local ? {} : { timeZone: "UTC" };
    this._time = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
    this._day = new Intl.DateTimeFormat("en-CA", { ...zone, year: "numeric", month: "2-digit", day: "2-digit" });
    this._zone = new Intl.DateTimeFormat("en-GB", { ...zone, timeZoneName: "short" });
  }

  /** @param {number} timestamp unix seconds */
  time(timestamp) {
    return credible(timestamp) ? this._time.format(timestamp * 1000) : String(timestamp);
  }

  /** @param {number} timestamp unix seconds */
  day(timestamp) {
    return credible(timestamp) ? this._day.format(timestamp * 1000) : "a time that no calendar has";
  }

  get zone() {
    const part = this._zone.formatToParts(Date.now()).find(({ type }) => type === "timeZoneName");
    return part?.value ?? "";
  }
}

/** Whether a Date can hold it; a telescope may send any number. @param {number} timestamp */
function credible(timestamp) {
  return Math.abs(timestamp) <= 8.64e12;
}

/** @param {number} seconds @returns {string} such as `12 min` */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}
