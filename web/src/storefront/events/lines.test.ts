import { describe, expect, it } from "vitest";
import { type EventRequest, isClaimable, isOpen, type LineStatus, linesOf } from "./lines";

const request = (...lines: [reward: string, number: number, status: LineStatus][]) =>
  ({ lines: lines.map(([reward_id, number, status]) => ({ reward_id, number, status })) }) as EventRequest;

describe("the lines of a request", () => {
  it("are found by their reward, the newest first", () => {
    const found = linesOf(request(["a", 1, "granted"], ["b", 1, "failed"], ["a", 2, "requested"]), "a");
    expect(found.map(({ number }) => number)).toEqual([2, 1]);
    expect(linesOf(null, "a")).toEqual([]);
  });

  it.each<[LineStatus, boolean]>([
    ["requested", true],
    ["in_review", true],
    ["approved", true],
    ["granting", true],
    ["granted", false],
    ["rejected", false],
    ["failed", false],
  ])("change by themselves while they are %s: %s", (status, open) => {
    expect(isOpen(request(["a", 1, "granted"], ["b", 1, status]))).toBe(open);
  });
});

describe("a reward", () => {
  const claimable = (limit: number, ...statuses: LineStatus[]) =>
    isClaimable(request(...statuses.map((status, at) => ["a", at + 1, status] as [string, number, LineStatus])).lines, limit);

  it("can be claimed as often as its limit allows", () => {
    expect(claimable(1)).toBe(true);
    expect(claimable(1, "granted")).toBe(false);
    expect(claimable(2, "granted")).toBe(true);
    expect(claimable(1, "rejected")).toBe(false);
  });

  it("can be claimed again after a failure", () => {
    expect(claimable(1, "failed")).toBe(true);
  });
});
