import { ApiError } from "dibs-client";

/** Seat of the user's own that a hold asked for. */
export interface OwnSeat {
  seat: string;
  reservationId: string;
  /** Time until which it can be paid; absent if it is paid. */
  expiresAt: string | undefined;
}

export interface SeatRefusal {
  /** Seats that others have. */
  taken: string[];
  yours: OwnSeat[];
  /** Seats that a request of the user holds, of which nothing came back. */
  unfinished: { seat: string; heldUntil: string }[];
}

interface Details {
  seats?: (string | number)[];
  yours?: { seat: string | number; reservation_id: string; expires_at?: string | null }[];
  unfinished?: { seat: string | number; held_until: string }[];
}

/** Returns which seats a refused hold names; undefined for a failure that is not about seats that are taken. */
export function seatRefusal(error: unknown): SeatRefusal | undefined {
  if (!(error instanceof ApiError) || !["SEAT_TAKEN", "SEAT_ALREADY_YOURS"].includes(error.code)) return undefined;
  const { seats = [], yours = [], unfinished = [] } = (error.details ?? {}) as Details;
  const dead = unfinished.map(({ seat, held_until }) => ({ seat: String(seat), heldUntil: held_until }));
  return {
    // In SEAT_ALREADY_YOURS all seats are the user's.
    taken:
      error.code === "SEAT_TAKEN"
        ? seats.map(String).filter((seat) => !dead.some((one) => one.seat === seat))
        : [],
    yours: yours.map(({ seat, reservation_id, expires_at }) => ({
      seat: String(seat),
      reservationId: reservation_id,
      expiresAt: expires_at ?? undefined,
    })),
    unfinished: dead,
  };
}
