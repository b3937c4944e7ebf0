import { describe, expect, it } from "vitest";
import { asksNothing, asksOutside, type Evaluation, missing, ownCondition, share } from "./evaluation";

const leaf = (actual: number, required: number, type = "login"): Evaluation => ({
  kind: "count",
  type,
  required,
  actual,
  passed: actual >= required,
});
const group = (kind: "all" | "any", ...children: Evaluation[]): Evaluation => {
  const actual = children.filter((child) => child.passed).length;
  const required = kind === "all" ? children.length : 1;
  return { kind, required, actual, passed: actual >= required, children };
};
const outside = (passed: boolean | null): Evaluation => ({ kind: "external", check: "vip", required: 1, passed });

describe("share", () => {
  it("is the part of the number that is reached", () => {
    expect(share(leaf(2, 3))).toBeCloseTo(2 / 3);
    expect(share(leaf(9, 3))).toBe(1);
  });

  it("is the mean of all parts, and the nearest of alternatives", () => {
    expect(share(group("all", leaf(1, 1), leaf(0, 1)))).toBe(0.5);
    expect(share(group("any", leaf(1, 4), leaf(1, 2)))).toBe(0.5);
  });

  it("is 1 for a condition without parts, and 0 for alternatives without any", () => {
    expect(share(group("all"))).toBe(1);
    expect(share({ kind: "any", required: 1, actual: 0, passed: false, children: [] })).toBe(0);
  });

  it("is 0 as long as an outside service has not answered", () => {
    expect(share(outside(null))).toBe(0);
    expect(share(outside(true))).toBe(1);
  });
});

describe("missing", () => {
  it("is nothing for a condition that is met", () => {
    expect(missing(group("any", leaf(1, 1), leaf(0, 5)))).toEqual([]);
  });

  it("lists each part that is not met, of alternatives the nearest one", () => {
    const far = leaf(0, 5, "invite");
    const near = leaf(2, 3);
    expect(missing(group("all", leaf(1, 1), group("any", far, near), outside(false)))).toEqual([near, outside(false)]);
  });

  it("names a negation as a whole", () => {
    const not: Evaluation = { kind: "not", required: 0, actual: 1, passed: false, children: [leaf(1, 1, "ban")] };
    expect(missing(group("all", not))).toEqual([not]);
  });
});

describe("asksOutside", () => {
  it("finds a check at any depth", () => {
    expect(asksOutside({ all: [{ any: [{ not: { external: { check: "vip" } } }] }] })).toBe(true);
    expect(asksOutside({ all: [{ count: { type: "login", at_least: 1 } }] })).toBe(false);
  });
});

describe("asksNothing", () => {
  it("holds for a condition without parts only", () => {
    expect(asksNothing(group("all"))).toBe(true);
    expect(asksNothing(group("all", leaf(0, 1)))).toBe(false);
    expect(asksNothing(leaf(1, 1))).toBe(false);
  });
});

describe("ownCondition", () => {
  it("is the second of both that the evaluation of a reward combines", () => {
    const own = leaf(0, 2, "quest_clear");
    expect(ownCondition(group("all", leaf(1, 1), own))).toBe(own);
  });

  it("is the whole evaluation where it has another form", () => {
    for (const other of [leaf(1, 1), group("any", leaf(1, 1), leaf(0, 1)), group("all", leaf(1, 1))]) {
      expect(ownCondition(other)).toBe(other);
    }
  });
});
