// Written by `npm run generate` from the OpenAPI document.

/** Version of the API that this client was made for. */
export const API_VERSION = "0.1.0";

/** Paths whose POST takes an idempotency key. */
export const KEYED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "/activities",
  "/auth/register",
  "/auth/users",
  "/balance/charge",
  "/concerts",
  "/concerts/{concert_id}/dates",
  "/concerts/{concert_id}/reservations",
  "/events",
  "/events/{event_id}/requests",
  "/events/{event_id}/requests/{reward_id}",
  "/events/{event_id}/rewards",
  "/orders",
  "/orders/{order_id}/payments",
  "/payments",
  "/products",
  "/queues",
  "/rewards/badge",
  "/rewards/coupon",
  "/rewards/item",
  "/rewards/point",
  "/rewards/{reward_id}/codes",
  "/timedeals",
  "/webhooks",
]);
