import { describe, expect, it } from "vitest";
import type { MapSeat } from "../../ui/seat_map/layout";
import { bestSeats, filterSeats } from "./best_seats";

const seat = (section: string, row: string, number: number, price: number): MapSeat => ({
  id: `${section}-${row}-${number}`,
  section,
  row,
  price,
});
const hall = [
  seat("A", "1", 1, 900),
  seat("A", "1", 2, 900),
  seat("A", "1", 3, 900),
  seat("A", "2", 1, 900),
  seat("A", "2", 2, 900),
  seat("B", "1", 1, 500),
  seat("B", "1", 2, 500),
];
const free = (...taken: string[]) => (id: string) => !taken.includes(id);

describe("bestSeats", () => {
  it("takes the first free seats of a row", () => {
    expect(bestSeats(hall, free(), 2)).toEqual(["A-1-1", "A-1-2"]);
    expect(bestSeats(hall, free("A-1-2"), 2)).toEqual(["A-2-1", "A-2-2"]);
  });
  it("does not cross the end of a row or of a section", () => {
    expect(bestSeats(hall, free("A-1-1", "A-2-2"), 2)).toEqual(["A-1-2", "A-1-3"]);
    expect(bestSeats(hall, free("A-1-2", "A-2-1"), 2)).toEqual(["B-1-1", "B-1-2"]);
  });
  it("finds nothing if no row has so many", () => {
    expect(bestSeats(hall, free(), 4)).toBeUndefined();
  });
});

describe("filterSeats", () => {
  it("limits section and price", () => {
    expect(filterSeats(hall, { section: "B", priceMax: undefined })).toHaveLength(2);
    expect(filterSeats(hall, { section: undefined, priceMax: 500 })).toHaveLength(2);
    expect(filterSeats(hall, { section: "A", priceMax: 500 })).toHaveLength(0);
  });
  it("returns the same array without a limit, so that the map keeps its layout", () => {
    expect(filterSeats(hall, { section: undefined, priceMax: undefined })).toBe(hall);
  });
});
