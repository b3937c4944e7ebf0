import { ApiError } from "dibs-client";
import { describe, expect, it } from "vitest";
import { seatRefusal } from "./seat_refusal";

const refused = (code: "SEAT_TAKEN" | "SEAT_ALREADY_YOURS" | "NO_ADJACENT_SEATS", details: unknown) =>
  new ApiError(409, code, "refused", { details });
const own = { seat: "A-1-2", reservation_id: "usr_1:a", expires_at: "2026-12-01T09:05:00.000Z" };

describe("seatRefusal", () => {
  it("separates seats of others from own ones and from those of an unfinished request", () => {
    const details = {
      seats: ["A-1-1", 3],
      yours: [own],
      unfinished: [{ seat: 3, held_until: "2026-12-01T09:05:00.000Z" }],
    };
    expect(seatRefusal(refused("SEAT_TAKEN", details))).toEqual({
      taken: ["A-1-1"],
      yours: [{ seat: "A-1-2", reservationId: "usr_1:a", expiresAt: own.expires_at }],
      unfinished: [{ seat: "3", heldUntil: "2026-12-01T09:05:00.000Z" }],
    });
  });
  it("takes no seat of the user for one of another", () => {
    const details = { seats: ["A-1-2"], reservation_id: "usr_1:a", yours: [{ ...own, expires_at: null }] };
    const refusal = seatRefusal(refused("SEAT_ALREADY_YOURS", details));
    expect(refusal?.taken).toEqual([]);
    expect(refusal?.yours[0]?.expiresAt).toBeUndefined();
  });
  it("leaves other failures alone", () => {
    expect(seatRefusal(refused("NO_ADJACENT_SEATS", {}))).toBeUndefined();
    expect(seatRefusal(new Error("x"))).toBeUndefined();
  });
});
