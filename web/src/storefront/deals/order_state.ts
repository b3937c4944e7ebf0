import type { Schemas } from "dibs-client";

export type Order = Schemas["Order"];
export type OrderEvent = Schemas["OrderEvent"];

/** What the page shows of an order: a hold that is over is canceled, also before the server has written it down. */
export type OrderState = "open" | "over" | "paid" | "canceled" | "failed";

/** Returns the state of an order at the time `now`. */
export function stateAt(order: Order, now: number): OrderState {
  if (order.status === "confirmed") return "paid";
  if (order.status === "failed") return "failed";
  if (order.status === "canceled") return order.reason === "expired" ? "over" : "canceled";
  return now >= Date.parse(order.expires_at) ? "over" : "open";
}

/** Newest payment of an order through the provider, as the log has it. */
export interface ProviderPayment {
  state: "waiting" | "completed" | "failed";
  /** Time at which it was requested, in milliseconds. */
  requestedAt: number;
  /** Number of the payment among those of the order, from 1. */
  number: number;
}

/** Returns the newest payment through the provider, or `undefined` if none was requested. */
export function providerPayment(log: readonly OrderEvent[]): ProviderPayment | undefined {
  let newest: (ProviderPayment & { reference: unknown }) | undefined;
  for (const event of log) {
    const { reference } = (event.payload ?? {}) as { reference?: unknown };
    if (event.type === "PAYMENT_REQUESTED") {
      if (newest?.reference === reference) continue;
      newest = { state: "waiting", requestedAt: Date.parse(event.created_at), number: (newest?.number ?? 0) + 1, reference };
    } else if (newest && newest.reference === reference) {
      if (event.type === "PAYMENT_COMPLETED") newest.state = "completed";
      // A provider may report a failure of what it took before.
      else if (event.type === "PAYMENT_FAILED" && newest.state === "waiting") newest.state = "failed";
    }
  }
  return newest;
}

/**
 * Returns the idempotency key of a payment through the provider. Whoever presses again means the same payment until
 * it has failed, in each tab and after each sign-in.
 */
export function providerKey(orderId: string, payment: ProviderPayment | undefined): string {
  const number = payment === undefined ? 1 : payment.state === "failed" ? payment.number + 1 : payment.number;
  return `web-provider-${number}-${orderId}`;
}

/** Returns the idempotency key of the payment from the balance, of which an order has at most one. */
export const balanceKey = (orderId: string) => `web-balance-${orderId}`;
