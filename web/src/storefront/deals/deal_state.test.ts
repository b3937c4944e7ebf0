import { describe, expect, it } from "vitest";
import { clampQuantity, type DealStatus, maxQuantity, statusAt } from "./deal_state";

const start = Date.parse("2026-12-01T10:00:00Z");
const end = Date.parse("2026-12-01T12:00:00Z");
const deal = (status: DealStatus, available_quantity = 5) => ({
  status,
  available_quantity,
  start_at: new Date(start).toISOString(),
  end_at: new Date(end).toISOString(),
});

describe("the status of a deal", () => {
  it.each([
    ["scheduled until it starts", deal("scheduled"), start - 1, "scheduled"],
    ["active from its start on, also when an older state was read", deal("scheduled"), start, "active"],
    ["sold out without units", deal("active", 0), start, "soldout"],
    ["active again when units return", deal("soldout", 1), start, "active"],
    ["ended from its end on", deal("active"), end, "ended"],
    ["canceled at any time", deal("canceled"), start - 1, "canceled"],
  ] as const)("is %s", (_, read, now, expected) => {
    expect(statusAt(read, now)).toBe(expected);
  });
});

describe("the quantity of an order", () => {
  it("is at most ten and at most what is left, and never less than one", () => {
    expect([0, 3, 10, 500].map((available_quantity) => maxQuantity({ available_quantity }))).toEqual([1, 3, 10, 10]);
  });

  it("is the nearest allowed number to what was typed", () => {
    expect(["", "0", "-3", "2.9", "4", "99", "x"].map((typed) => clampQuantity(typed, 5))).toEqual([1, 1, 1, 2, 4, 5, 1]);
  });
});
