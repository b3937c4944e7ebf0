import { language } from "./i18n";

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${language()}${JSON.stringify(options)}`;
  const known = cache.get(key) ?? new Intl.NumberFormat(language(), options);
  cache.set(key, known);
  return known as Intl.NumberFormat;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${language()}${JSON.stringify(options)}`;
  const known = cache.get(key) ?? new Intl.DateTimeFormat(language(), options);
  cache.set(key, known);
  return known as Intl.DateTimeFormat;
}

/** Formats an amount of money in whole won, such as "₩15,000". */
export const money = (won: number) =>
  numberFormat({ style: "currency", currency: "KRW", currencyDisplay: "narrowSymbol" }).format(won);

/** Formats a number with separators, such as "12,345". */
export const count = (value: number) => numberFormat({}).format(value);

/** Formats a share between 0 and 1, such as "12.5 %". */
export const percent = (share: number, digits = 0) =>
  numberFormat({ style: "percent", maximumFractionDigits: digits }).format(share);

/** Formats a time as date, hour and minute in the reader's time zone. */
export const dateTime = (time: string | number | Date) =>
  dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(new Date(time));

/** Formats a time as date, hour, minute and second in the reader's time zone. */
export const exactTime = (time: string | number | Date) =>
  dateFormat({ dateStyle: "medium", timeStyle: "medium" }).format(new Date(time));

/** Formats the time of day with seconds, in the reader's time zone, such as "14:05:09". */
export const clockTime = (time: string | number | Date) => dateFormat({ timeStyle: "medium" }).format(new Date(time));

/** Formats a calendar day such as `2026-12-24`, which has no time zone. */
export const day = (date: string) =>
  dateFormat({ dateStyle: "full", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

/** Formats a number of days, such as "3 days". */
export const days = (value: number) =>
  numberFormat({ style: "unit", unit: "day", unitDisplay: "long" }).format(value);

/** Formats a duration as `m:ss`, or as `h:mm:ss` from an hour on. Rounds up, so that 0:00 means over. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
