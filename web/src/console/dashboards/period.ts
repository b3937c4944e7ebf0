import { addDays, dayIn, daysFrom, isDay, startOfDay } from "./zoned";

export const PERIODS = ["today", "7d", "30d", "custom"] as const;
export type Period = (typeof PERIODS)[number];
export type Bucket = "hour" | "day";

/** Bounds of the API: days of a period with a part for each hour, and with one for each day. */
export const MAX_DAYS: Record<Bucket, number> = { hour: 31, day: 93 };
/** Longest period that is compared up to the same hour, for which the period before is read by the hour. */
const SAME_HOUR_DAYS = 8;
const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;

/** What the reader chose, as it stands in the query of the address. */
export interface Choice {
  period: Period;
  from?: string;
  to?: string;
  bucket?: Bucket;
}

/** Period as the API takes it. */
export interface Range {
  from: number;
  to: number;
  bucket: Bucket;
}

export interface Periods {
  shown: Range;
  before: Range;
  /** Whether the period still lasts, so that the one before is compared up to the same hour. */
  sameHour: boolean;
  first: string;
  last: string;
}

export type PeriodError = "order" | "future" | "long";

/** Reads the choice from the query of an address. What is missing or unknown is the last seven days. */
export function readChoice(query: URLSearchParams): Choice {
  const period = PERIODS.find((name) => name === query.get("period")) ?? "7d";
  const [from, to, bucket] = [query.get("from"), query.get("to"), query.get("bucket")];
  const choice: Choice = { period };
  if (bucket === "hour" || bucket === "day") choice.bucket = bucket;
  if (period !== "custom") return choice;
  return isDay(from) && isDay(to) ? { ...choice, from, to } : { ...choice, period: "7d" };
}

/** Returns the first and the last day of a choice. */
export function daysOf(choice: Choice, zone: string, now: number): [string, string] {
  const today = dayIn(now, zone);
  if (choice.period === "custom") return [choice.from!, choice.to!];
  return [addDays(today, { today: 0, "7d": -6, "30d": -29 }[choice.period]), today];
}

/** Returns why the API has no figures for a choice. */
export function periodError(choice: Choice, zone: string, now: number): PeriodError | undefined {
  const [first, last] = daysOf(choice, zone, now);
  if (last < first) return "order";
  if (first > dayIn(now, zone)) return "future";
  if (daysFrom(first, last) > MAX_DAYS.day) return "long";
  return undefined;
}

/** Returns the lengths of parts that the API has for a number of days. */
export const buckets = (days: number): Bucket[] => (days > MAX_DAYS.hour ? ["day"] : ["hour", "day"]);

/**
 * Returns the period of a choice, and the one of the same length before it. A period that still lasts is compared up
 * to the same hour, if it is short; a day more or less hardly changes a long one.
 */
export function periodsOf(choice: Choice, zone: string, now: number): Periods {
  const [first, last] = daysOf(choice, zone, now);
  const days = daysFrom(first, last);
  const start = startOfDay(first, zone);
  const end = startOfDay(addDays(last, 1), zone);
  const to = Math.max(start + QUARTER_MS, Math.min(end, Math.ceil(now / QUARTER_MS) * QUARTER_MS));
  const allowed = buckets(days);
  const bucket = allowed.find((name) => name === choice.bucket) ?? (days === 1 ? "hour" : "day");

  const startBefore = startOfDay(addDays(first, -days), zone);
  const sameHour = to < end && days <= SAME_HOUR_DAYS;
  const elapsed = Math.ceil((to - start) / HOUR_MS) * HOUR_MS;
  const before: Range = sameHour
    ? { from: startBefore, to: Math.min(startBefore + elapsed, start), bucket: "hour" }
    : { from: startBefore, to: start, bucket };
  return { shown: { from: start, to, bucket }, before, sameHour, first, last };
}

/**
 * Returns for each part of a timeline the value of the part as long after the start of the period before. Hours of the
 * period before are added up where the timeline has days.
 */
export function beforeEach<Part extends { start: string; end: string }>(
  shown: readonly Part[],
  before: readonly Part[],
  get: (part: Part) => number,
): (number | null)[] {
  const [start, startBefore] = [Date.parse(shown[0]?.start ?? ""), Date.parse(before[0]?.start ?? "")];
  let next = 0;
  return shown.map(({ end }) => {
    // A day of 23 or 25 hours moves the ends by an hour.
    const until = startBefore + (Date.parse(end) - start) + HOUR_MS / 2;
    let sum: number | null = null;
    for (; next < before.length && Date.parse(before[next]!.end) <= until; next++) sum = (sum ?? 0) + get(before[next]!);
    return sum;
  });
}
