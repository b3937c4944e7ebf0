import { ApiError, newKey } from "dibs-client";
import { client } from "./client";

const STORED = "dibs.intent.";
/** Time after which the same request is a new intent: whoever comes back later means another one. */
const LIFE_MS = 10 * 60_000;

/**
 * Returns the idempotency key of what the user means by `name`, such as an order of two units of a deal. It stays the
 * same until `endIntent`, also when the user presses again after a lost answer, signs in in between, or loads the page
 * again. The key is no secret: it has an effect for its user only.
 */
export function intentKey(name: string): string {
  const item = `${STORED}${client.user?.id}.${name}`;
  const [key, since] = sessionStorage.getItem(item)?.split(" ") ?? [];
  if (key && Date.now() - Number(since) < LIFE_MS) return key;
  const fresh = newKey();
  sessionStorage.setItem(item, `${fresh} ${Date.now()}`);
  return fresh;
}

/** Ends an intent: the next request of this name is another one. */
export function endIntent(name: string) {
  sessionStorage.removeItem(`${STORED}${client.user?.id}.${name}`);
}

/** Returns whether a failure leaves open what became of the request, so that its repeat needs the same key. */
export function isOpen(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status >= 500 || error.status === 429 || error.status === 401;
}

/** Runs a request with the key of `name`, and ends the intent when its outcome is known. */
export async function withIntent<T>(name: string, send: (idempotencyKey: string) => Promise<T>): Promise<T> {
  const key = intentKey(name);
  try {
    const result = await send(key);
    endIntent(name);
    return result;
  } catch (error) {
    if (!isOpen(error)) endIntent(name);
    throw error;
  }
}
