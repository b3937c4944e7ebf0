import { expect, it } from "vitest";
import { changes } from "./changes";

it("names only what differs, so that a change of somebody else is kept", () => {
  expect(changes({ name: "Ball", price: 5 }, { name: "Ball", price: 6 })).toEqual({ price: 6 });
});

it("takes null and a missing member as the same", () => {
  expect(changes({ image_url: undefined }, { image_url: null })).toEqual({});
  expect(changes({ image_url: "https://a" }, { image_url: null })).toEqual({ image_url: null });
});
