import { expect, it } from "vitest";
import { parseAmount } from "./amount";

it("reads whole amounts from 1 to 10,000,000, with or without separators", () => {
  const typed = ["1", "10000000", "50,000", "₩ 1,000", "30000원", "", "0", "10000001", "1.5", "-5", "1e3"];
  expect(typed.map(parseAmount)).toEqual([
    1, 10_000_000, 50_000, 1_000, 30_000, undefined, undefined, undefined, undefined, undefined, undefined,
  ]);
});
