import { language } from "./i18n";

/** Name of the reader's time zone, such as `Asia/Seoul`. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Returns the time zone of the reader with its offset at a time, such as "Asia/Seoul (GMT+9)". */
export function zoneLabel(at: Date = new Date()): string {
  const parts = new Intl.DateTimeFormat(language(), { timeZoneName: "shortOffset" }).formatToParts(at);
  const offset = parts.find(({ type }) => type === "timeZoneName")?.value;
  return offset ? `${zone()} (${offset})` : zone();
}

/** Returns a time as the value of an input of the type `datetime-local`, in the reader's time zone. */
export function toInput(time: string | number): string {
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Returns the time, in UTC, of the value of an input of the type `datetime-local`; `undefined` if it is empty. */
export function fromInput(value: string): string | undefined {
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** Returns the calendar day, as `2026-12-24`, that a time has in a time zone. */
export function dayIn(timeZone: string, time: number): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const of = Object.fromEntries(parts.formatToParts(time).map(({ type, value }) => [type, value]));
  return `${of.year}-${of.month}-${of.day}`;
}
