import { ApiError, OfflineError } from "dibs-client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { endIntent, intentKey, withIntent } from "./intent";

afterEach(() => {
  sessionStorage.clear();
  vi.useRealTimers();
});

describe("the key of an intent", () => {
  it("is the same until the intent ends", () => {
    const first = intentKey("order 1");
    expect(intentKey("order 1")).toBe(first);
    expect(intentKey("order 2")).not.toBe(first);
    endIntent("order 1");
    expect(intentKey("order 1")).not.toBe(first);
  });

  it("is another one for a user who comes back much later", () => {
    vi.useFakeTimers({ now: 0 });
    const first = intentKey("order 1");
    vi.setSystemTime(9 * 60_000);
    expect(intentKey("order 1")).toBe(first);
    vi.setSystemTime(11 * 60_000);
    expect(intentKey("order 1")).not.toBe(first);
  });
});

describe("a request with an intent", () => {
  const keysOf = async (outcome: () => unknown) => {
    const keys: string[] = [];
    for (let time = 0; time < 2; time++) {
      await withIntent("pay", async (key) => {
        keys.push(key);
        return outcome();
      }).catch(() => {});
    }
    return new Set(keys).size;
  };
  const refuse = (error: Error) => () => {
    throw error;
  };

  it.each([
    ["a lost answer", new OfflineError(undefined)],
    ["an expired session", new ApiError(401, "UNAUTHORIZED", "")],
    ["a busy service", new ApiError(503, "BUSY", "")],
  ])("keeps its key after %s", async (_, error) => {
    expect(await keysOf(refuse(error))).toBe(1);
  });

  it("has another key after a refusal and after a success", async () => {
    expect(await keysOf(refuse(new ApiError(409, "INSUFFICIENT_STOCK", "")))).toBe(2);
    expect(await keysOf(() => "order")).toBe(2);
  });
});
