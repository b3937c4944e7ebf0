import { describe, expect, it } from "vitest";
import { layOut, type MapSeat, moveTo, seatNumber } from "./layout";

const row = (section: string | null, name: string | null, count: number, price = 1000): MapSeat[] =>
  Array.from({ length: count }, (_, at) => ({
    id: section === null ? `${at + 1}` : `${section}-${name}-${at + 1}`,
    section,
    row: name,
    price,
  }));

const hall = layOut([...row("A", "1", 4), ...row("A", "2", 6), ...row("B", "1", 2, 500)]);

describe("layOut", () => {
  it("groups seats by section and row in the order of the list", () => {
    expect(hall.sections.map(({ name, price, lines }) => [name, price, lines.map((line) => line.seats.length)])).toEqual([
      ["A", 1000, [4, 6]],
      ["B", 500, [2]],
    ]);
    expect(hall.columns).toBe(6);
    expect(hall.places.get("B-1-2")).toEqual({ line: 2, index: 1 });
  });

  it("breaks a row without a name into lines of 25 seats", () => {
    const plain = layOut(row(null, null, 60));
    expect(plain.lines.map((line) => line.seats.length)).toEqual([25, 25, 10]);
  });

  it("keeps a named row in one line", () => {
    expect(layOut(row("A", "1", 80)).lines).toHaveLength(1);
  });
});

describe("moveTo", () => {
  const cases: [string, string, string | undefined][] = [
    ["A-1-1", "ArrowRight", "A-1-2"],
    ["A-1-4", "ArrowRight", "A-2-1"],
    ["A-2-1", "ArrowLeft", "A-1-4"],
    ["A-1-1", "ArrowLeft", undefined],
    ["A-1-1", "ArrowDown", "A-2-2"],
    ["A-2-6", "ArrowDown", "B-1-2"],
    ["A-2-1", "ArrowDown", "B-1-1"],
    ["B-1-1", "ArrowUp", "A-2-3"],
    ["A-2-3", "Home", "A-2-1"],
    ["A-2-3", "End", "A-2-6"],
    ["A-1-2", "PageDown", "B-1-1"],
    ["B-1-1", "PageUp", "A-1-2"],
    ["B-1-1", "PageDown", undefined],
    ["A-1-1", "x", undefined],
  ];
  it.each(cases)("moves from %s by %s to %s", (from, key, to) => {
    expect(moveTo(hall, from, key)).toBe(to);
  });
});

describe("seatNumber", () => {
  it("is the end of the name", () => {
    expect(seatNumber(row("A-1", "2", 3)[2]!)).toBe("3");
    expect(seatNumber(row(null, null, 3)[1]!)).toBe("2");
  });
});
