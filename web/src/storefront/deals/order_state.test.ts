import { describe, expect, it } from "vitest";
import { type Order, type OrderEvent, providerKey, providerPayment, stateAt } from "./order_state";

const expires = Date.parse("2026-12-01T10:00:00Z");
const order = (status: Order["status"], reason?: Order["reason"]) =>
  ({ id: "u:1", status, reason, expires_at: new Date(expires).toISOString() }) as Order;

describe("the state of an order", () => {
  it.each([
    ["open while it is held", order("reserved"), expires - 1, "open"],
    ["over from the end of its hold on, also when the server has not written it down", order("reserved"), expires, "over"],
    ["over when it was not paid in time", order("canceled", "expired"), expires, "over"],
    ["paid, also after the end of its hold", order("confirmed"), expires + 1, "paid"],
    ["canceled by its owner", order("canceled", "requested"), 0, "canceled"],
    ["canceled with its deal", order("canceled", "deal_canceled"), 0, "canceled"],
    ["failed", order("failed", "abandoned"), 0, "failed"],
  ] as const)("is %s", (_, read, now, expected) => {
    expect(stateAt(read, now)).toBe(expected);
  });
});

const event = (type: OrderEvent["type"], reference?: string) =>
  ({ id: "e", type, actor: { type: "system" }, payload: { reference }, created_at: "2026-12-01T09:00:00Z" }) as OrderEvent;
const requested = (reference: string) => event("PAYMENT_REQUESTED", reference);
const completed = (reference: string) => event("PAYMENT_COMPLETED", reference);
const failed = (reference: string) => event("PAYMENT_FAILED", reference);

describe("the payment through the provider", () => {
  it.each([
    ["none without a request", [event("CREATED"), event("STOCK_RESERVED")], undefined],
    ["waiting until the provider reports", [requested("a")], "waiting"],
    ["completed", [requested("a"), completed("a")], "completed"],
    ["failed", [requested("a"), failed("a")], "failed"],
    ["waiting again after a failure", [requested("a"), failed("a"), requested("b")], "waiting"],
    ["not decided by the report of an earlier one", [requested("a"), failed("a"), requested("b"), failed("a")], "waiting"],
    ["completed, whatever is reported after that", [requested("a"), completed("a"), failed("a")], "completed"],
  ])("is %s", (_, log, expected) => {
    expect(providerPayment(log as OrderEvent[])?.state).toBe(expected);
  });

  it("has the same key until it has failed", () => {
    const keyAfter = (...log: OrderEvent[]) => providerKey("u:1", providerPayment(log));
    const first = keyAfter();
    expect(keyAfter(requested("a"))).toBe(first);
    const second = keyAfter(requested("a"), failed("a"));
    expect(second).not.toBe(first);
    expect(keyAfter(requested("a"), failed("a"), requested("b"))).toBe(second);
  });
});
