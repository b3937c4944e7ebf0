import { describe, expect, it } from "vitest";
import { letters, newSection, problems, rowLengths, seatCount, seatNames, toSections } from "./layout";

const section = (changes: Partial<ReturnType<typeof newSection>>) => ({ ...newSection(1, "A"), price: "50000", ...changes });

describe("a layout of seats", () => {
  it("has rows of one length", () => {
    expect(rowLengths(section({ rows: "3", seats: "20" }))).toEqual([20, 20, 20]);
  });

  it("has rows of different lengths, separated by commas, blanks or lines", () => {
    expect(rowLengths(section({ lengths: "18, 20\n22 24," }))).toEqual([18, 20, 22, 24]);
  });

  it("counts the seats of all sections", () => {
    expect(seatCount([section({ rows: "3", seats: "20" }), section({ lengths: "5, 6" })])).toBe(71);
  });

  it("names rows by letters after Z as well", () => {
    expect([1, 26, 27, 52, 53, 702, 703].map(letters)).toEqual(["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
  });

  it("shows the names of the first and the last seat", () => {
    expect(seatNames(section({ lengths: "4, 9", naming: "letters" }))).toEqual(["A-A-1", "A-B-9"]);
    expect(seatNames(section({ rows: "" }))).toBeUndefined();
  });

  it("becomes the sections of the API", () => {
    expect(toSections([section({ rows: "2", seats: "3" })])).toEqual([
      {
        name: "A",
        price: 50000,
        rows: [
          { name: "1", seats: 3 },
          { name: "2", seats: 3 },
        ],
      },
    ]);
  });
});

describe("problems of a layout", () => {
  it.each([
    [{ name: "" }, "name"],
    [{ name: "Floor 1" }, "name"],
    [{ price: "" }, "price"],
    [{ price: "-1" }, "price"],
    [{ price: "1.5" }, "price"],
    [{ rows: "0" }, "rows"],
    [{ rows: "501" }, "rows"],
    [{ seats: "2001" }, "seats"],
    [{ lengths: "" }, "lengths"],
    [{ lengths: "20, x" }, "lengths"],
  ] as const)("of %j: %s", (changes, problem) => {
    expect(problems([section(changes)])).toEqual([[problem]]);
  });

  it("name the second section of the same name", () => {
    expect(problems([section({}), section({})])).toEqual([[], ["nameTwice"]]);
  });

  it("are none for a free section with a price of 0", () => {
    expect(problems([section({ price: "0" })])).toEqual([[]]);
  });
});
