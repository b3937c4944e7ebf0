import { expect, it } from "vitest";
import { countBySection, sectionsOf } from "./seat_counts";

it("counts the seats of each section by state", () => {
  const sections = [
    { name: "A", price: 120000, seats: 100 },
    { name: "B", price: 80000, seats: 200 },
  ];
  expect(countBySection(sections, { "A-1-1": "held", "A-10-2": "sold", "B-1-1": "sold" })).toEqual([
    { name: "A", price: 120000, seats: 100, available: 98, held: 1, sold: 1 },
    { name: "B", price: 80000, seats: 200, available: 199, held: 0, sold: 1 },
  ]);
});

it("counts the seats of a single row", () => {
  expect(countBySection([{ name: null, price: 5, seats: 50 }], { 7: "held", 8: "held" })[0]).toMatchObject({
    available: 48,
    held: 2,
  });
});

it("finds the sections of a list of seats", () => {
  const seats = [
    { section: "A", price: 2 },
    { section: "A", price: 2 },
    { section: "B", price: 1 },
  ];
  expect(sectionsOf(seats)).toEqual([
    { name: "A", price: 2, seats: 2 },
    { name: "B", price: 1, seats: 1 },
  ]);
});
