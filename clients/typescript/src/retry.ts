import { OfflineError, retryAfterMs } from "./errors.ts";

/** Bounds of the retries of a call. */
export interface RetryPolicy {
  /** Maximum number of attempts. */
  tries: number;
  /** Maximum time of an attempt, in milliseconds. */
  attemptMs: number;
  /** Time in milliseconds after which no further attempt begins. */
  totalMs: number;
  /** Delay before the second attempt, in milliseconds; it doubles with each further one. */
  baseMs: number;
}

export const RETRY: RetryPolicy = { tries: 5, attemptMs: 15_000, totalMs: 30_000, baseMs: 400 };
const DELAY_MAX_MS = 8_000;
const RETRIED = [429, 502, 503, 504];

/** Waits for `ms`, or throws the reason of `signal`. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Waits until the browser reports a network, for at most `ms`. */
async function online(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const control = new AbortController();
  const stop = () => control.abort(signal?.reason);
  for (const [target, event] of [[globalThis, "online"], [signal, "abort"]] as const) {
    target?.addEventListener(event, stop, { once: true, signal: control.signal });
  }
  await sleep(ms, control.signal).catch(() => signal?.throwIfAborted());
  control.abort();
}

/** Delay before attempt number `attempt` + 1: a random one, so that clients do not come back all at once. */
export function backoff(attempt: number, baseMs: number, maxMs = DELAY_MAX_MS): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/**
 * Calls `attempt` until it has an answer that is not to be retried. Returns the last answer, and throws `OfflineError`
 * if there was none.
 */
export async function withRetry(
  attempt: (signal: AbortSignal) => Promise<Response>,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const end = Date.now() + policy.totalMs;
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted();
    let response: Response | undefined;
    let cause: unknown;
    try {
      response = await withTimeout(attempt, policy.attemptMs, signal);
      if (!RETRIED.includes(response.status)) return response;
    } catch (error) {
      signal?.throwIfAborted();
      cause = error;
    }
    const asked = response && retryAfterMs(response.headers, Date.now());
    const delay = backoff(tried, policy.baseMs) + (asked ?? 0);
    if (tried >= policy.tries || Date.now() + delay > end) {
      if (response) return response;
      throw new OfflineError(cause);
    }
    // Without a network no attempt is of use before the browser reports one.
    if (!response && globalThis.navigator?.onLine === false) await online(end - Date.now() - delay, signal);
    await sleep(delay, signal);
  }
}

async function withTimeout(
  attempt: (signal: AbortSignal) => Promise<Response>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const control = new AbortController();
  const stop = () => control.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => control.abort(new Error(`No answer within ${ms} ms`)), ms);
  try {
    return await attempt(control.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
