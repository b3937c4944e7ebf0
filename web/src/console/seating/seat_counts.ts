import type { Schemas } from "dibs-client";

type Status = Schemas["Seat"]["status"];

export interface SectionCounts {
  /** Name of the section; `null` when the date has a single row. */
  name: string | null;
  price: number;
  seats: number;
  available: number;
  held: number;
  sold: number;
}

/** Returns the name of the section of a seat, which is named `<section>-<row>-<number>`, or by a number alone. */
const sectionOf = (seat: string) => (seat.includes("-") ? (seat.split("-")[0] as string) : null);

/** Counts the seats of each section by state. */
export function countBySection(
  sections: readonly Pick<Schemas["Section"], "name" | "price" | "seats">[],
  taken: Readonly<Record<string, Status>>,
): SectionCounts[] {
  const counts = sections.map(({ name = null, price, seats }) => ({ name, price, seats, available: seats, held: 0, sold: 0 }));
  const by = new Map(counts.map((entry) => [entry.name, entry]));
  for (const [seat, status] of Object.entries(taken)) {
    const entry = by.get(sectionOf(seat));
    if (!entry || status === "available") continue;
    entry[status] += 1;
    entry.available -= 1;
  }
  return counts;
}

/** Returns the sections of a list of all seats, with their prices and sizes. */
export function sectionsOf(seats: readonly Pick<Schemas["Seat"], "section" | "price">[]) {
  const found = new Map<string | null, { name: string | null; price: number; seats: number }>();
  for (const { section = null, price } of seats) {
    const entry = found.get(section) ?? { name: section, price, seats: 0 };
    entry.seats += 1;
    found.set(section, entry);
  }
  return [...found.values()];
}
