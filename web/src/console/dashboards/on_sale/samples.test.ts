import { describe, expect, it } from "vitest";
import { level, positions, rate, record, type Sample, WINDOW_MS } from "./samples";

const samples: Sample[] = [
  { at: 0, orders: 100, available: 50 },
  { at: 2_000, orders: 110 },
  { at: 4_000, orders: 140, available: 20 },
];

describe("a rate", () => {
  it("is measured over the last seconds", () => {
    expect(rate(samples, "orders", 4_000)).toBe(10);
    expect(rate(samples, "orders", 2_000)).toBe(5);
  });
  it("is unknown before there are two samples, and long after the last one", () => {
    expect(rate(samples, "orders", 0)).toBeUndefined();
    expect(rate(samples, "admitted", 4_000)).toBeUndefined();
    expect(rate(samples, "orders", 60_000)).toBeUndefined();
  });
  it("does not count backwards", () => {
    expect(rate([{ at: 0, sold: 5 }, { at: 1_000, sold: 3 }], "sold", 1_000)).toBe(0);
  });
});

describe("a level", () => {
  it("is the number that was known last", () => {
    expect(level(samples, "available", 3_000)).toBe(50);
    expect(level(samples, "available", 4_000)).toBe(20);
    expect(level(samples, "available", 60_000)).toBeUndefined();
  });
});

describe("samples", () => {
  it("are forgotten when no chart shows them any more", () => {
    const kept = record(samples, { at: WINDOW_MS + 60_000 });
    expect(kept).toHaveLength(1);
    expect(record(samples, { at: 5_000 })).toHaveLength(4);
  });
  it("are shown until now", () => {
    expect([positions()[0], positions().at(-1)]).toEqual([-WINDOW_MS, 0]);
  });
});
