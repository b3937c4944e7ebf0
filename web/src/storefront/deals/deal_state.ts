import type { Schemas } from "dibs-client";

export type Deal = Schemas["TimeDeal"];
export type DealStatus = Deal["status"];

type Stock = Pick<Deal, "status" | "start_at" | "end_at" | "available_quantity">;

/**
 * Returns the status of a deal at the time `now`. Deals start and end by the clock; the status that was read may be
 * older.
 */
export function statusAt(deal: Stock, now: number): DealStatus {
  if (deal.status === "canceled") return "canceled";
  if (now >= Date.parse(deal.end_at)) return "ended";
  if (now < Date.parse(deal.start_at)) return "scheduled";
  return deal.available_quantity > 0 ? "active" : "soldout";
}

/** Returns the largest number of units that one order can have now. */
export const maxQuantity = (deal: Pick<Deal, "available_quantity">) => Math.max(1, Math.min(10, deal.available_quantity));

/** Returns a number of units between 1 and `max`, nearest to what was typed. */
export function clampQuantity(typed: string | number, max: number): number {
  const value = Math.trunc(Number(typed));
  return Number.isFinite(value) ? Math.min(Math.max(value, 1), max) : 1;
}
