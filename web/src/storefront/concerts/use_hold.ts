import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { client } from "../../app/client";
import { withIntent } from "../../app/intent";
import type { MapSeat } from "../../ui/seat_map/layout";
import type { SeatState } from "../../ui/seat_map/seat_map";
import { forgetAdmission, isNotAdmitted } from "../waiting_room/admission";
import { bestSeats } from "./best_seats";
import { reservationKey, seatsQuery } from "./queries";
import { seatRefusal } from "./seat_refusal";

/** How often other seats are chosen when somebody was faster. */
const TRIES = 5;

/** Seats to hold: by name, or the best ones next to each other; among `within`, or anywhere. */
export type Wish =
  | { seats: readonly string[] }
  | { count: number; within: readonly MapSeat[] | undefined; states: ReadonlyMap<string, SeatState> };

/** Holds seats of a date. */
export function useHold(concert: Schemas["Concert"], date: string) {
  const queries = useQueryClient();
  const id = String(concert.id);

  const post = (body: Schemas["SeatHold"]) => {
    const asked = "seats" in body ? body.seats.join() : body.count;
    return withIntent(`hold.${id}.${date}.${asked}`, (idempotencyKey) =>
      client.post("/concerts/{concert_id}/reservations", {
        params: { path: { concert_id: id } },
        body,
        queue: concert.queue_id,
        idempotencyKey,
      }),
    );
  };

  return useMutation({
    mutationFn: async (wish: Wish) => {
      if ("seats" in wish) return post({ date, seats: [...wish.seats].sort() });
      const { count, within, states } = wish;
      if (!within) return post({ date, count });
      // The API chooses among all seats; within a section the page does, and again when somebody was faster.
      const taken = new Set<string>();
      for (let tried = 1; ; tried++) {
        const seats = bestSeats(within, (seat) => !states.has(seat) && !taken.has(seat), count);
        if (!seats) throw new ApiError(409, "NO_ADJACENT_SEATS", "No row has so many free seats next to each other.");
        try {
          return await post({ date, seats: seats.sort() });
        } catch (error) {
          const refusal = seatRefusal(error);
          if (!refusal || tried === TRIES) throw error;
          for (const seat of refusal.taken) taken.add(seat);
          for (const { seat } of [...refusal.yours, ...refusal.unfinished]) taken.add(seat);
        }
      }
    },
    onSuccess: (reservation) => {
      queries.setQueryData(reservationKey(reservation.id), reservation);
      void queries.invalidateQueries({ queryKey: ["reservations", "list"] });
      void queries.invalidateQueries({ queryKey: seatsQuery(id, date, null).queryKey });
    },
    onError: (error) => {
      if (concert.queue_id != null && isNotAdmitted(error)) void forgetAdmission(concert.queue_id);
    },
  });
}
