import { describe, expect, it } from "vitest";
import { isConsole, safeNext } from "./next";

const ORIGIN = "https://shop.example";

describe("safeNext", () => {
  it("keeps a path of this host with its query and fragment", () => {
    expect(safeNext("/concerts/7/2026-12-24?queue=3#map", ORIGIN)).toBe("/concerts/7/2026-12-24?queue=3#map");
  });

  it.each([
    null,
    "",
    "orders",
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/orders/..//evil.example",
    "//[",
    "javascript:alert(1)",
    "/sign-in?next=/orders",
    "/sign-up",
  ])("refuses %j", (next) => {
    expect(safeNext(next, ORIGIN)).toBeUndefined();
  });
});

describe("isConsole", () => {
  it.each(["/console", "/console/", "/console/orders", "/console?x=1"])("holds for %s", (path) => {
    expect(isConsole(path)).toBe(true);
  });

  it.each(["/", "/consoles", "/orders?from=/console"])("does not hold for %s", (path) => {
    expect(isConsole(path)).toBe(false);
  });
});
