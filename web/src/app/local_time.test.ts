import { describe, expect, it } from "vitest";
import { dayIn, fromInput, toInput } from "./local_time";

describe("local time", () => {
  it("goes to the input and back without a change, to the minute", () => {
    const time = "2026-12-24T10:30:00.000Z";
    expect(fromInput(toInput(time))).toBe(time);
  });

  it("returns undefined for an empty input", () => {
    expect(fromInput("")).toBeUndefined();
  });

  it("gives the calendar day of a time zone, not of the reader", () => {
    const late = Date.parse("2026-12-24T20:00:00Z");
    expect(dayIn("Asia/Seoul", late)).toBe("2026-12-25");
    expect(dayIn("America/New_York", late)).toBe("2026-12-24");
  });
});
