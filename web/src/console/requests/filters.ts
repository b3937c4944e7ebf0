import type { Schemas } from "dibs-client";
import { fromInput } from "../../app/local_time";

export type RequestStatus = Schemas["EventRequest"]["status"];
export const STATUSES = [
  "in_review",
  "requested",
  "approved",
  "granting",
  "granted",
  "rejected",
  "failed",
] as const satisfies readonly RequestStatus[];

/** Filters of the inbox as the address has them. Times are in the reader's time zone. */
export interface Filters {
  status: RequestStatus | "all";
  event_id: string;
  reward_id: string;
  user_id: string;
  from: string;
  to: string;
}

const TEXTS = ["event_id", "reward_id", "user_id", "from", "to"] as const;

/** Reads the filters of an address. Without a status, requests in review are shown. */
export function readFilters(search: URLSearchParams): Filters {
  const status = search.get("status");
  const texts = Object.fromEntries(TEXTS.map((name) => [name, search.get(name)?.trim() ?? ""])) as Omit<
    Filters,
    "status"
  >;
  return { ...texts, status: status === "all" ? "all" : (STATUSES.find((name) => name === status) ?? "in_review") };
}

/** Writes filters into an address, without those that are as they are at first. */
export function writeFilters(filters: Filters): Record<string, string> {
  const written: Record<string, string> = {};
  if (filters.status !== "in_review") written.status = filters.status;
  for (const name of TEXTS) if (filters[name] !== "") written[name] = filters[name];
  return written;
}

/** Returns the query of the API. */
export function queryOf(filters: Filters) {
  return {
    status: filters.status === "all" ? undefined : filters.status,
    event_id: filters.event_id || undefined,
    reward_id: filters.reward_id || undefined,
    user_id: filters.user_id || undefined,
    from: fromInput(filters.from),
    to: fromInput(filters.to),
  };
}

/** Whether any filter narrows the list, beside the status. */
export const isNarrowed = (filters: Filters) => TEXTS.some((name) => filters[name] !== "");
