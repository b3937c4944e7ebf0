import type { MapSeat } from "../../ui/seat_map/layout";

/**
 * Chooses the first `count` free seats next to each other in one row, in the order of the hall. Returns undefined if
 * no row has so many.
 */
export function bestSeats(
  seats: readonly MapSeat[],
  isFree: (id: string) => boolean,
  count: number,
): string[] | undefined {
  let run: MapSeat[] = [];
  for (const seat of seats) {
    const last = run.at(-1);
    if (!isFree(seat.id)) run = [];
    else if (last && (last.section !== seat.section || last.row !== seat.row)) run = [seat];
    else run.push(seat);
    if (run.length === count) return run.map(({ id }) => id);
  }
  return undefined;
}

/** Section and highest price to which the choice of seats is limited. */
export interface SeatFilter {
  section: string | undefined;
  priceMax: number | undefined;
}

/** Returns the seats that a filter lets through; all of them, as the same array, if it has no limit. */
export function filterSeats(seats: readonly MapSeat[], { section, priceMax }: SeatFilter): readonly MapSeat[] {
  if (section === undefined && priceMax === undefined) return seats;
  return seats.filter(
    (seat) =>
      (section === undefined || seat.section === section) && (priceMax === undefined || seat.price <= priceMax),
  );
}
