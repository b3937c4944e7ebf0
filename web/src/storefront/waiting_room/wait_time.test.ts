import { describe, expect, it } from "vitest";
import { waitTime } from "./wait_time";

describe("waitTime", () => {
  it.each([
    [{ min: 0, max: 0 }, { unit: "seconds", min: 0, max: 10 }],
    [{ min: 12, max: 48 }, { unit: "seconds", min: 10, max: 50 }],
    [{ min: 50, max: 130 }, { unit: "minutes", min: 0, max: 3 }],
    [{ min: 200, max: 600 }, { unit: "minutes", min: 3, max: 10 }],
    [{ min: 3000, max: 8000 }, { unit: "hours", min: 0, max: 3 }],
    [{ min: 300, max: null }, { unit: "minutes", min: 5, max: undefined }],
  ])("rounds %j outwards", (range, expected) => {
    expect(waitTime(range)).toEqual(expected);
  });
});
