import { expect, it } from "vitest";
import { nearest, roundValues } from "./steps";

it("has whole values only, where no fractions are possible", () => {
  expect(roundValues(1, 20, true)).toEqual([1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20]);
});

it("has exact fractions", () => {
  expect(roundValues(0.001, 0.0025, false)).toEqual([0.001, 0.0012, 0.0015, 0.002, 0.0025]);
});

it("includes both ends of the range that the API allows", () => {
  const capacities = roundValues(1, 100_000, true);
  expect([capacities[0], capacities.at(-1)]).toEqual([1, 100_000]);
  const rates = roundValues(0.001, 10_000, false);
  expect([rates[0], rates.at(-1)]).toEqual([0.001, 10_000]);
});

it("finds the nearest value by ratio", () => {
  const values = roundValues(1, 1000, true);
  expect([1, 7, 55, 950].map((value) => values[nearest(values, value)])).toEqual([1, 8, 60, 1000]);
});
