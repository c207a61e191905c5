/** Times as people write them. */

const DAY_S = 86_400;
/** Seconds in the units of `3h ago`, in the singular. @type {Record<string, number>} */
const UNITS = {
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  h: 3600,
  hour: 3600,
  d: DAY_S,
  day: DAY_S,
};
const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;
const OF_DAY = /^(\d\d?):(\d\d)(?::(\d\d))?\s*(Z|UTC)?$/i;
const AGO = /^(\d{1,6})\s*([a-z]+)(?:\s+ago)?$/i;

/**
 * A date with a time, such as `2026-11-23 02:13` or `2026-11-23T02:13Z`.
 * @param {string} text @param {boolean} [local] whether a time without a zone is in the viewer's own; otherwise, in UTC
 * @returns {number | null} unix seconds; null if the text is something else
 */
export function timeIn(text, local = false) {
  const match = MOMENT.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00", zone] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCDate() !== Number(day)) return null; // browsers take February 30 for March 2
  const offset = zone && !/^(Z|UTC)$/i.test(zone) ? zone.replace(/^(...):?/, "$1:") : "Z";
  const suffix = zone || !local ? offset : "";
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${suffix}`);
  return Number.isNaN(time) ? null : time / 1000;
}

/**
 * What is typed into the field for a time: a date with a time; a time of the day, which is the last one that has passed; or
 * how long ago, such as `3h ago`.
 * @param {string} text @param {number} now unix seconds @param {boolean} local as of `timeIn`
 * @returns {number | null} unix seconds; null if it cannot be read
 */
export function typedTime(text, now, local) {
  const typed = text.trim();
  const ago = AGO.exec(typed);
  const unit = ago?.[2].toLowerCase().replace(/(?<=.)s$/, "") ?? "";
  if (ago && Object.hasOwn(UNITS, unit)) return now - Number(ago[1]) * UNITS[unit];
  const ofDay = OF_DAY.exec(typed);
  if (!ofDay) return timeIn(typed, local);
  const [, hour, minute, second = "0", utc] = ofDay;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const date = new Date(now * 1000);
  const inZone = local && !utc;
  if (inZone) date.setHours(Number(hour), Number(minute), Number(second), 0);
  else date.setUTCHours(Number(hour), Number(minute), Number(second), 0);
  if (date.getTime() / 1000 <= now) return date.getTime() / 1000;
  if (inZone) date.setDate(date.getDate() - 1);
  else date.setUTCDate(date.getUTCDate() - 1);
  return date.getTime() / 1000;
}
