import type { Schemas } from "dibs-client";

export type StatusCounts = Schemas["RequestFigures"]["by_status"];

/** Statuses of requests in the order in which a request goes through them. */
export const STATUSES = ["requested", "in_review", "approved", "granting", "granted", "rejected", "failed"] as const satisfies (keyof StatusCounts)[];
