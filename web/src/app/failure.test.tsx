import { renderHook } from "@testing-library/react";
import { ApiError, OfflineError } from "dibs-client";
import { beforeAll, describe, expect, it } from "vitest";
import { fieldErrors, useFailureText } from "./failure";
import { setLanguage, startI18n } from "./i18n";

beforeAll(() => startI18n(["common", "errors"]));

const textOf = async (language: "en" | "ko", error: unknown) => {
  await setLanguage(language);
  const { result } = renderHook(() => useFailureText());
  return result.current(error);
};

describe("the text of a failure", () => {
  it("uses the details of the error", async () => {
    const error = new ApiError(409, "INSUFFICIENT_BALANCE", "", { details: { balance: 5000, required: 12000 } });
    expect(await textOf("en", error)).toContain("₩5,000 is lower than the price of ₩12,000");
    expect(await textOf("ko", error)).toContain("₩5,000");
  });

  it("lists the seats that are taken", async () => {
    const error = new ApiError(409, "SEAT_TAKEN", "", { details: { seats: ["A-1-1", "A-1-2"] } });
    expect(await textOf("en", error)).toContain("A-1-1 and A-1-2");
  });

  it("says how long to wait after too many requests", async () => {
    const error = new ApiError(429, "TOO_MANY_REQUESTS", "", { retryAfterMs: 41_200 });
    expect(await textOf("en", error)).toContain("42 seconds");
    expect(await textOf("ko", error)).toContain("42초");
  });

  it("contains what the API says where the code alone does not tell what is possible", async () => {
    expect(await textOf("en", new ApiError(409, "CONFLICT", "The app is confirmed."))).toContain("The app is confirmed.");
  });

  it("is the message of the API for a code that the page does not know yet", async () => {
    const error = new ApiError(409, "BRAND_NEW" as never, "Something new is wrong.");
    expect(await textOf("ko", error)).toBe("Something new is wrong.");
  });

  it("says that there is no connection", async () => {
    expect(await textOf("en", new OfflineError(undefined))).toContain("no connection");
  });
});

describe("the errors of fields", () => {
  it("are the first message of each field", () => {
    const details = [
      { field: "email", message: "first" },
      { field: "email", message: "second" },
      { field: "name", message: "third" },
    ];
    expect(fieldErrors(new ApiError(400, "VALIDATION_ERROR", "", { details }))).toEqual({ email: "first", name: "third" });
  });

  it("are none for another failure", () => {
    expect(fieldErrors(new OfflineError(undefined))).toEqual({});
    expect(fieldErrors(new ApiError(409, "OUT_OF_STOCK", ""))).toEqual({});
  });
});
