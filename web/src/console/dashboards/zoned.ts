import { language } from "../../app/i18n";

const cache = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}${zone}${JSON.stringify(options)}`;
  const known = cache.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
  cache.set(key, known);
  return known;
}

/** Returns whether the browser knows an IANA time zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Returns how far the clocks of a zone are ahead of UTC at a time, in milliseconds. */
function offset(time: number, zone: string): number {
  const parts = format("en-US", zone, {
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(time);
  const part = (name: Intl.DateTimeFormatPartTypes) => Number(parts.find(({ type }) => type === name)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(time / 1000) * 1000;
}

/** Returns the calendar day of a time in a zone, such as `2026-12-24`. */
export const dayIn = (time: number, zone: string): string =>
  new Date(time + offset(time, zone)).toISOString().slice(0, 10);

/** Returns the time at which a day begins in a zone. */
export function startOfDay(day: string, zone: string): number {
  const wall = Date.parse(`${day}T00:00:00Z`);
  const guess = wall - offset(wall, zone);
  return wall - offset(guess, zone);
}

/** Returns the day that is `days` after another. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** Returns the number of days from one day to another, both included. */
export const daysFrom = (first: string, last: string): number =>
  Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1;

/** Returns whether a text is a calendar day such as `2026-12-24`. */
export const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;

/** Formats hour and minute of a time in a zone. */
export const hour = (time: number, zone: string) =>
  format(language(), zone, { hour: "numeric", minute: "2-digit", hourCycle: "h23" }).format(time);

/** Formats month and day of a time in a zone. */
export const monthDay = (time: number, zone: string) =>
  format(language(), zone, { month: "short", day: "numeric" }).format(time);

/** Formats the day of a time in a zone, with its weekday. */
export const weekday = (time: number, zone: string) =>
  format(language(), zone, { weekday: "short", month: "short", day: "numeric" }).format(time);

/** Formats day and hour of a time in a zone. */
export const dayHour = (time: number, zone: string) =>
  format(language(), zone, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit", hourCycle: "h23" }).format(
    time,
  );
