import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client } from "../../../app/client";
import { useLive } from "../../../app/live";
import { hasRole, useSession } from "../../../app/session";

export type Subject = { deal: string } | { concert: string; date: string };

/** Units of a deal or seats of a date. */
export interface Stock {
  total: number | undefined;
  available: number | undefined;
  held: number | undefined;
  sold: number | undefined;
  status?: "scheduled" | "active" | "ended" | "soldout" | "canceled";
  startAt?: string;
  endAt?: string;
}

const FIGURES_MS = 2_000;
const QUEUE_MS = 2_000;
const DAY_MS = 86_400_000;
/** Longest period of figures that the API has, a day less for the start of the day. */
const LONGEST_MS = 92 * DAY_MS;

/** Reads what is sold: its name, its queue and since when. */
export function useSubject(subject: Subject) {
  return useQuery({
    queryKey: ["on sale", subject],
    queryFn: async ({ signal }) => {
      if ("deal" in subject) {
        const deal = await client.get("/timedeals/{deal_id}", { params: { path: { deal_id: subject.deal } }, signal });
        return { name: deal.product.name, queue: deal.queue_id, since: deal.created_at, seats: undefined };
      }
      const path = { concert_id: subject.concert };
      const concert = await client.get("/concerts/{concert_id}", { params: { path }, signal });
      // The list has dates with free seats only; without it the number of seats follows from the map.
      const query = { limit: 100 };
      let seats: number | undefined;
      for await (const one of client.items("/concerts/{concert_id}/dates", { params: { path, query }, signal })) {
        if (one.date === subject.date) seats = one.seats;
      }
      return { name: `${concert.name}, ${subject.date}`, queue: concert.queue_id, since: concert.created_at, seats };
    },
    staleTime: 60_000,
  });
}

/** Follows the units of a deal. */
export function useDealStock(deal: string | undefined): Stock | undefined {
  const [stock, setStock] = useState<Stock>();
  useLive(deal === undefined ? undefined : (`deals/${deal}/stock` as const), (state) =>
    setStock({
      total: state.stock_quantity,
      available: state.available_quantity,
      held: state.reserved_quantity,
      sold: state.sold_quantity,
      status: state.status,
      startAt: state.start_at,
      endAt: state.end_at,
    }),
  );
  return stock;
}

/** Follows the seats of a date. `refused`: a queue guards them, so only users whom it admitted may. */
export function useSeats(topic: { concert: string; date: string } | undefined): { stock?: Stock; refused: boolean } {
  const [stock, setStock] = useState<Stock>();
  const [refused, setRefused] = useState(false);
  useLive(
    topic && !refused ? (`concerts/${topic.concert}/dates/${topic.date}/seats` as const) : undefined,
    ({ available, seats }) => {
      let held = 0;
      let sold = 0;
      for (const status of Object.values(seats)) {
        if (status === "held") held++;
        if (status === "sold") sold++;
      }
      setStock({ total: available + held + sold, available, held, sold });
    },
    { onEnd: () => setRefused(true) },
  );
  return { ...(stock && { stock }), refused };
}

/** Reads the figures of the whole sale every few seconds. */
export function useSaleFigures(subject: Subject, since: string | undefined) {
  // The start stays the same while the page is open, so that the numbers of two reads can be compared.
  const [earliest] = useState(() => client.now() - LONGEST_MS);
  return useQuery({
    queryKey: ["on sale", "figures", subject, since],
    queryFn: async ({ signal }) => {
      const now = client.now();
      const query = {
        ...("deal" in subject ? { deal_id: subject.deal } : { concert_id: subject.concert, date: subject.date }),
        from: new Date(Math.max(Date.parse(since!), earliest)).toISOString(),
        to: new Date(now).toISOString(),
        bucket: "day" as const,
      };
      const { totals, sold_out } = await client.get("/analytics/sales", { params: { query }, signal });
      return { at: now, figures: totals.deals ?? totals.concerts ?? undefined, soldOut: sold_out ?? undefined };
    },
    enabled: since !== undefined,
    refetchInterval: FIGURES_MS,
  });
}

/** Reads the shared document of a queue as often as it says, and for operators who is in. */
export function useQueue(queue: string | undefined) {
  const operator = hasRole(useSession(), "OPERATOR");
  const progress = useQuery({
    queryKey: ["on sale", "queue", queue],
    queryFn: async ({ signal }) => ({
      at: client.now(),
      ...(await client.get("/queues/{queue_id}", { params: { path: { queue_id: queue! } }, signal })),
    }),
    enabled: queue !== undefined,
    refetchInterval: ({ state }) => Math.max(1_000, state.data?.poll_after_ms ?? QUEUE_MS),
  });
  const entry = useQuery({
    queryKey: ["on sale", "queue entry", queue],
    queryFn: async ({ signal }) => {
      for await (const found of client.items("/queues", { params: { query: { limit: 100 } }, signal })) {
        if (String(found.id) === queue) return found;
      }
      return null;
    },
    enabled: queue !== undefined && operator,
    refetchInterval: QUEUE_MS,
  });
  return { progress: progress.data, entry: entry.data ?? undefined, error: progress.error };
}

/** Calls `changed` a second after each other while the page is shown, with the time of the server. */
export function useEverySecond(changed: (now: number) => void) {
  useEffect(() => {
    const timer = setInterval(() => changed(client.now()), 1000);
    return () => clearInterval(timer);
  }, [changed]);
}
