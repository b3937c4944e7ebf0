import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useCallback, useMemo, useState } from "react";
import { useLive } from "../../app/live";
import type { MapSeat } from "../../ui/seat_map/layout";
import type { SeatState } from "../../ui/seat_map/seat_map";
import { type Admitted, forgetAdmission } from "../waiting_room/admission";
import { seatsQuery } from "./queries";

const NONE: ReadonlySet<string> = new Set();

/** Reads the seats of a date, and follows who holds and buys them. */
export function useSeats(concert: Schemas["Concert"], date: string, admitted: Admitted | undefined) {
  const id = String(concert.id);
  const { data, error, refetch } = useQuery(seatsQuery(id, date, concert.queue_id));
  const [live, setLive] = useState<Schemas["LiveSeats"]>();
  // Seats that a refusal named before a live update did.
  const [refused, setRefused] = useState(NONE);

  useLive(
    `concerts/${id}/dates/${date}/seats`,
    (state) => {
      setLive(state);
      setRefused(NONE);
      // A seat that was the user's is free again, so the next who holds it may be somebody else.
      if (data?.seats.some(({ seat, mine }) => mine && !(seat in state.seats))) void refetch();
    },
    {
      queueToken: admitted?.token,
      onEnd: (code) => {
        if (concert.queue_id != null && code.startsWith("QUEUE_TOKEN_")) void forgetAdmission(concert.queue_id);
      },
    },
  );

  const seats = useMemo(
    () =>
      data?.seats.map(
        ({ seat, section, row, price }): MapSeat => ({
          id: String(seat),
          section: section ?? null,
          row: row ?? null,
          price,
        }),
      ),
    [data],
  );
  const states = useMemo(() => {
    const found = new Map<string, SeatState>();
    for (const { seat, status, mine } of data?.seats ?? []) {
      const name = String(seat);
      const now = live ? (live.seats[name] ?? "available") : status;
      if (now !== "available") found.set(name, mine ? "mine" : now);
      else if (refused.has(name)) found.set(name, "held");
    }
    return found;
  }, [data, live, refused]);

  return {
    seats,
    states,
    error,
    reload: () => void refetch(),
    /** Shows seats as held that a refusal named. */
    refuse: useCallback((names: readonly string[]) => setRefused((before) => new Set([...before, ...names])), []),
  };
}
