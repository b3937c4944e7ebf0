import type { BrowserContext } from "@playwright/test";
import { type DemoAccount, expect, type Stack } from "./support";

const HOUR_MS = 60 * 60_000;
/** Password of accounts that a test registers. */
export const OWN_PASSWORD = "a sentence of my own";

/** Period of an event that is running. */
export const PERIOD = { starts_at: "2020-01-01T00:00:00Z", ends_at: "2099-01-01T00:00:00Z" };

export const won = (amount: number) => `₩${amount.toLocaleString("en-US")}`;

let accounts = 0;
/** Returns an address that no account has. */
export const freshEmail = () => `journey-${Date.now()}-${accounts++}@test.com`;

/** Returns the link of the newest mail to an address that leads to a path of the storefront. */
export async function mailLink(stack: { url: string }, email: string, path: string): Promise<string> {
  let link: string | undefined;
  await expect
    .poll(async () => {
      const answer = await fetch(`${stack.url}/_standins/mails`, { headers: { accept: "application/json" } });
      const mails: { to: string; text: string }[] = await answer.json();
      const texts = mails.filter(({ to }) => to === email).map(({ text }) => text);
      link = texts.map((text) => new RegExp(`${path}#token=\\S+`).exec(text)?.[0]).find(Boolean);
      return link;
    })
    .toBeDefined();
  return link as string;
}

/** Creates a running deal of its own for a test. */
export async function createDeal(
  stack: Stack,
  { price = 9_000, stock = 20, ...more }: { price?: number; stock?: number; queue_id?: string } = {},
) {
  const product = { name: "Scratching post", description: "Sisal.", price: price * 2, category: "living" };
  const { id } = await stack.call("operator", "POST", "/products", product);
  const at = (offset: number) => new Date(Date.now() + offset).toISOString();
  const deal = { product_id: id, deal_price: price, stock_quantity: stock, start_at: at(-HOUR_MS), end_at: at(HOUR_MS), ...more };
  const made = await stack.call("operator", "POST", "/timedeals", deal);
  return { id: String(made.id), path: `/deals/${made.id}` };
}

/** Creates an active event whose requests for the reward `rwd_gem` wait for a review. Returns its id. */
export async function createReviewedEvent(stack: Stack, name: string): Promise<string> {
  const event = await stack.call("operator", "POST", "/events", { name, ...PERIOD, status: "active", review: "manual" });
  await stack.call("operator", "POST", `/events/${event.id}/rewards`, { reward_id: "rwd_gem" });
  return event.id;
}

/** Waits until an account meets the condition of an event: a sign-in is recorded by a worker, a moment after it. */
export async function untilMet(stack: Stack, who: DemoAccount, event: string) {
  await expect.poll(async () => (await stack.call(who, "POST", `/events/${event}/evaluate`)).condition.passed).toBe(true);
}

/** Ends events, so that lists of other tests do not fill with them. */
export async function endEvents(stack: Stack, ...ids: string[]) {
  for (const id of ids) await stack.call("operator", "PATCH", `/events/${id}`, { status: "ended" });
}

/** Registers an account and signs in. Returns its id, and how to send requests as it. */
export async function register(context: BrowserContext, stack: Stack, name = "Pia Player") {
  const credentials = { email: freshEmail(), password: OWN_PASSWORD };
  const send = async (path: string, data: object, token?: string) => {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await context.request.post(`${stack.url}/api/v1${path}`, { data, headers });
    expect(answer.ok(), path).toBe(true);
    return (await answer.json()).data;
  };
  const { id } = await send("/auth/register", { ...credentials, name });
  const { access_token } = await send("/auth/login", credentials);
  return { id: String(id), post: (path: string, data: object) => send(path, data, access_token) };
}
