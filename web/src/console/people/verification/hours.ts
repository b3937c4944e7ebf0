const HOUR_MS = 3_600_000;

/** Returns the hour of a time, in UTC, such as `2026-11-28T10`. */
export const hourOf = (time: number) => new Date(time).toISOString().slice(0, 13);

/** Returns the time in milliseconds at which an hour begins. */
export const startOf = (hour: string) => Date.parse(`${hour}:00:00Z`);

export const nextHour = (hour: string) => hourOf(startOf(hour) + HOUR_MS);

/** Returns whether a text is an hour, such as `2026-11-28T10`. */
export function isHour(text: unknown): text is string {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\dT\d\d$/.test(text)) return false;
  const start = startOf(text);
  return !Number.isNaN(start) && hourOf(start) === text;
}

/** Writes an hour for readers, such as "2026-11-28 10:00 UTC". */
export const shownHour = (hour: string) => `${hour.replace("T", " ")}:00 UTC`;
