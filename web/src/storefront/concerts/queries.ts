import { queryOptions } from "@tanstack/react-query";
import { client } from "../../app/client";

const MINUTE_MS = 60_000;

/** Reads a concert. */
export const concertQuery = (id: string) =>
  queryOptions({
    queryKey: ["concerts", id],
    queryFn: ({ signal }) => client.get("/concerts/{concert_id}", { params: { path: { concert_id: id } }, signal }),
    staleTime: MINUTE_MS,
  });

/** Reads the first date of a concert that can still be reserved, for the list of concerts. */
export const firstDateQuery = (id: string) =>
  queryOptions({
    queryKey: ["concerts", id, "dates", "first"],
    queryFn: async ({ signal }) => {
      const params = { path: { concert_id: id }, query: { limit: 1 } };
      const { data } = await client.page("/concerts/{concert_id}/dates", { params, signal });
      return data[0] ?? null;
    },
    staleTime: MINUTE_MS,
  });

/** Reads the seats of a date. Their states follow by live updates, so they are read once for each visit. */
export const seatsQuery = (id: string, date: string, queue: string | number | null | undefined) =>
  queryOptions({
    queryKey: ["concerts", id, "dates", date, "seats"],
    queryFn: ({ signal }) =>
      client.get("/concerts/{concert_id}/dates/{date}/seats", {
        params: { path: { concert_id: id, date } },
        queue,
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
  });

export const reservationKey = (id: string) => ["reservations", id] as const;

/** Reads a reservation of the user. */
export const reservationQuery = (id: string) =>
  queryOptions({
    queryKey: reservationKey(id),
    queryFn: ({ signal }) =>
      client.get("/reservations/{reservation_id}", { params: { path: { reservation_id: id } }, signal }),
  });
