import type { Schemas } from "dibs-client";

type Status = Schemas["Reservation"]["status"];

export const STATUS_TONES = { held: "info", paid: "good", canceled: "neutral", expired: "warn" } as const;

/** Returns the status of a reservation at a time: one that nobody paid in time is expired, whoever noticed it. */
export function statusAt({ status, expires_at }: Schemas["Reservation"], now: number): Status {
  return status === "held" && Date.parse(expires_at) <= now ? "expired" : status;
}
