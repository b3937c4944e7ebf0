import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Data } from "dibs-client";
import { useSearchParams } from "wouter";
import { client } from "../../app/client";
import { useNow } from "../../app/use_now";
import { type Choice, type PeriodError, type Periods, periodError, periodsOf, type Range, readChoice } from "./period";
import { isZone } from "./zoned";

export type FigurePath =
  | "/analytics/events"
  | "/analytics/rewards"
  | "/analytics/users"
  | "/analytics/sales"
  | "/analytics/queues";

/** Parameters of the API that limit figures, such as `{event_id: "cmp_1"}`. */
export type Filter = Record<string, string | number | undefined>;

/** Time between two reads of figures that still change, in milliseconds. */
const REFRESH_MS = 15_000;
const MINUTE_MS = 60_000;

/** Returns the parameters of the API for a period. */
export const figureQuery = (range: Range, zone: string, filter: Filter) => ({
  ...filter,
  from: new Date(range.from).toISOString(),
  to: new Date(range.to).toISOString(),
  bucket: range.bucket,
  time_zone: zone,
});

/** Reads the figures of a period, again and again while it lasts. Shows those of the last choice meanwhile. */
export function useFigures<P extends FigurePath>(
  path: P,
  range: Range | undefined,
  zone: string | undefined,
  filter: Filter = {},
) {
  const lasts = range !== undefined && range.to > client.now() - MINUTE_MS;
  return useQuery({
    queryKey: ["figures", path, range, zone, filter],
    queryFn: ({ signal }) =>
      client.get<FigurePath>(path, { params: { query: figureQuery(range!, zone!, filter) }, signal }) as Promise<
        Data<"get", P>
      >,
    enabled: range !== undefined && zone !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: lasts ? REFRESH_MS : false,
  });
}

/** Reads the time zone of this deployment, which the API uses when none is named. */
export function useOwnZone() {
  return useQuery({
    queryKey: ["figures", "zone"],
    queryFn: async ({ signal }) => {
      const now = client.now();
      const query = { from: new Date(now - 1).toISOString(), to: new Date(now).toISOString() };
      return (await client.get("/analytics/users", { params: { query }, signal })).time_zone;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface PeriodState {
  choice: Choice;
  /** Time zone whose hours and days are shown; `undefined` until it is known. */
  zone: string | undefined;
  ownZone: string | undefined;
  zoneError: unknown;
  retryZone: () => void;
  periods: Periods | undefined;
  error: PeriodError | undefined;
}

/** Returns the period that the query of the address names. */
export function usePeriod(): PeriodState {
  const [query] = useSearchParams();
  const own = useOwnZone();
  const now = useNow(MINUTE_MS);
  const choice = readChoice(query);
  const named = query.get("zone");
  const zone = named !== null && isZone(named) ? named : own.data;
  const error = zone === undefined ? undefined : periodError(choice, zone, now);
  return {
    choice,
    zone,
    ownZone: own.data,
    zoneError: own.error,
    retryZone: () => void own.refetch(),
    periods: zone === undefined || error ? undefined : periodsOf(choice, zone, now),
    error,
  };
}

/** Returns a parameter of the address, and a function that sets several; an empty one is left out. */
export function useAddress(): [
  get: (name: string) => string | undefined,
  set: (changes: Record<string, string | undefined>) => void,
] {
  const [query, setQuery] = useSearchParams();
  const set = (changes: Record<string, string | undefined>) =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  return [(name) => query.get(name) || undefined, set];
}
