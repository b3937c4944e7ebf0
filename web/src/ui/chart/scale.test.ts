import { describe, expect, it } from "vitest";
import { labeled, stack, top } from "./scale";

describe("stacked series", () => {
  it("stand on those before, and stay absent where there is no value", () => {
    expect(stack([[1, 2, null], [3, null, 4]])).toEqual([[1, 2, null], [4, null, 4]]);
  });
});

describe("labels of an axis", () => {
  it("are all shown when they fit", () => {
    expect(labeled(4, 400, 60, [1, 2])).toEqual([0, 1, 2, 3]);
  });
  it("are thinned out by the next step that fits", () => {
    expect(labeled(24, 300, 60, [1, 2, 3, 6, 12])).toEqual([0, 6, 12, 18]);
  });
  it("are thinned out beyond all given steps, too", () => {
    expect(labeled(100, 120, 60, [1, 2])).toEqual([0, 50]);
  });
});

describe("the end of an axis", () => {
  it.each([
    [0, 1],
    [undefined, 1],
    [7, 8],
    [10, 12],
    [99, 120],
    [1_000_000, 1_200_000],
  ])("for %s is %s", (max, end) => {
    expect(top(max)).toBe(end);
  });
});
