/** Numbers of the monitor at one moment. What is unknown is absent. */
export interface Sample {
  at: number;
  /** Orders or reservations that were made so far. */
  orders?: number;
  /** Units that were paid so far. */
  sold?: number;
  /** Units that can still be ordered. */
  available?: number;
  /** Units held for orders that are not paid yet. */
  held?: number;
  waiting?: number;
  /** Positions of the queue that were admitted so far. */
  admitted?: number;
}

/** Time that the charts show, and the time from one position to the next, in milliseconds. */
export const WINDOW_MS = 5 * 60_000;
export const STEP_MS = 5_000;
/** Time over which a rate is measured, so that it does not jump with each read. */
const RATE_MS = 10_000;

/** Adds a sample and forgets those before the window. */
export function record(samples: readonly Sample[], sample: Sample): Sample[] {
  const oldest = sample.at - WINDOW_MS - RATE_MS - STEP_MS;
  return [...samples.filter(({ at }) => at >= oldest), sample];
}

type Counter = "orders" | "sold" | "admitted";

/** Returns how much a number rose a second before `at`, or `undefined` before there are two samples. */
export function rate(samples: readonly Sample[], counter: Counter, at: number): number | undefined {
  let first: Sample | undefined;
  let last: Sample | undefined;
  for (const sample of samples) {
    if (sample.at > at) break;
    if (sample[counter] === undefined || sample.at < at - RATE_MS) continue;
    first ??= sample;
    last = sample;
  }
  if (!first || !last || last.at === first.at) return undefined;
  return Math.max(0, last[counter]! - first[counter]!) / ((last.at - first.at) / 1000);
}

/** Returns the number that was known last at a time, if it is not older than the time of a rate. */
export function level(samples: readonly Sample[], name: "available" | "held" | "waiting", at: number): number | undefined {
  let found: number | undefined;
  for (const sample of samples) {
    if (sample.at > at) break;
    if (sample.at >= at - RATE_MS) found = sample[name] ?? found;
  }
  return found;
}

/** Returns the positions of the charts, in milliseconds before now; the last one is now. */
export const positions = (): number[] =>
  Array.from({ length: WINDOW_MS / STEP_MS + 1 }, (_, index) => index * STEP_MS - WINDOW_MS);
