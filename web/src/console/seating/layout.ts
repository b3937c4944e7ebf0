import type { Schemas } from "dibs-client";

export const MOST_SEATS = 2000;
export const MOST_SECTIONS = 200;
export const MOST_ROWS = 500;
const MOST_PRICE = 100_000_000;

/** Section as it is being typed. */
export interface SectionDraft {
  /** Number that identifies the section while it is edited. */
  key: number;
  name: string;
  price: string;
  /** Number of rows, where all have the same length. */
  rows: string;
  /** Seats of each row, where all have the same length. */
  seats: string;
  /** Seats of each row from the first on, such as "18, 20, 22", where the rows differ; otherwise `null`. */
  lengths: string | null;
  naming: "numbers" | "letters";
}

export type Problem = "name" | "nameTwice" | "price" | "rows" | "seats" | "lengths";

/** Returns a section to begin with: ten rows of ten seats. */
export function newSection(key: number, name: string): SectionDraft {
  return { key, name, price: "", rows: "10", seats: "10", lengths: null, naming: "numbers" };
}

/** Returns the number that a text writes in digits, if it is from `least` to `most`. */
function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** Returns the seats of each row of a section; empty if what was typed is not valid. */
export function rowLengths(section: SectionDraft): number[] {
  if (section.lengths !== null) {
    const lengths = section.lengths
      .split(/[\s,]+/)
      .filter((part) => part !== "")
      .map((part) => wholeNumber(part, 1, MOST_SEATS));
    if (lengths.length > MOST_ROWS || lengths.some((length) => length === undefined)) return [];
    return lengths as number[];
  }
  const rows = wholeNumber(section.rows, 1, MOST_ROWS);
  const seats = wholeNumber(section.seats, 1, MOST_SEATS);
  return rows && seats ? Array<number>(rows).fill(seats) : [];
}

/** Returns the letters of a number from 1 on, as columns of spreadsheets have them: A to Z, AA, AB. */
export function letters(number: number): string {
  let name = "";
  for (let left = number; left > 0; left = Math.floor((left - 1) / 26)) {
    name = String.fromCharCode(65 + ((left - 1) % 26)) + name;
  }
  return name;
}

/** Returns the name of a row, counted from 0. */
const rowName = (naming: SectionDraft["naming"], at: number) => (naming === "letters" ? letters(at + 1) : `${at + 1}`);

/** Returns the number of seats of all sections together. */
export const seatCount = (sections: readonly SectionDraft[]) =>
  sections.reduce((sum, section) => sum + rowLengths(section).reduce((rows, seats) => rows + seats, 0), 0);

/** Returns the names of the first and the last seat of a section, such as `["A-1-1", "A-10-20"]`. */
export function seatNames(section: SectionDraft): [string, string] | undefined {
  const lengths = rowLengths(section);
  const last = lengths.at(-1);
  if (!section.name || last === undefined) return undefined;
  const name = (row: number, seat: number) => `${section.name}-${rowName(section.naming, row)}-${seat}`;
  return [name(0, 1), name(lengths.length - 1, last)];
}

/** Returns what is wrong with each section, in their order. */
export function problems(sections: readonly SectionDraft[]): Problem[][] {
  return sections.map((section, at) => {
    const found: Problem[] = [];
    if (!/^[A-Za-z0-9]{1,10}$/.test(section.name)) found.push("name");
    else if (sections.some((other, index) => index < at && other.name === section.name)) found.push("nameTwice");
    if (wholeNumber(section.price, 0, MOST_PRICE) === undefined) found.push("price");
    if (section.lengths !== null) {
      if (rowLengths(section).length === 0) found.push("lengths");
    } else {
      if (wholeNumber(section.rows, 1, MOST_ROWS) === undefined) found.push("rows");
      if (wholeNumber(section.seats, 1, MOST_SEATS) === undefined) found.push("seats");
    }
    return found;
  });
}

/** Returns the sections as the API takes them. They must have no problems. */
export function toSections(sections: readonly SectionDraft[]): Schemas["SectionCreate"][] {
  return sections.map((section) => ({
    name: section.name,
    price: Number(section.price),
    rows: rowLengths(section).map((seats, at) => ({ name: rowName(section.naming, at), seats })),
  }));
}
