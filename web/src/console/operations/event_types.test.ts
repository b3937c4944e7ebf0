import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EVENT_GROUPS, EVENT_TYPES, isChosen, toggleGroup, toggleType } from "./event_types";

describe("the types of events", () => {
  it("are those that the API sends to webhooks", () => {
    const { webhooks } = JSON.parse(readFileSync("../functions/platform/openapi.json", "utf8"));
    const known = EVENT_GROUPS.flatMap((group) => EVENT_TYPES[group].map((name) => `${group}.${name}`));
    expect(known.sort()).toEqual(Object.keys(webhooks).filter((type) => type !== "webhook.test").sort());
  });
});

describe("a choice of events", () => {
  it("has a type by its name, by its kind, or by all", () => {
    for (const chosen of [["order.confirmed"], ["order.*"], ["*"]]) expect(isChosen(chosen, "order.confirmed")).toBe(true);
    for (const chosen of [[], ["order.canceled"], ["deal.*"]]) expect(isChosen(chosen, "order.confirmed")).toBe(false);
  });

  it("replaces types of a kind by the whole kind, and keeps others", () => {
    expect(toggleGroup(["order.confirmed", "deal.active", "other.thing"], "order", true)).toEqual(["deal.active", "other.thing", "order.*"]);
    expect(toggleGroup(["order.*", "deal.active"], "order", false)).toEqual(["deal.active"]);
  });

  it("names the others of a kind when one is taken away from all of it", () => {
    expect(toggleType(["reservation.*", "deal.active"], "reservation", "paid", false)).toEqual([
      "deal.active",
      "reservation.made",
      "reservation.canceled",
      "reservation.expired",
    ]);
    expect(toggleType(["deal.active"], "deal", "active", false)).toEqual([]);
    expect(toggleType(["deal.active"], "deal", "active", true)).toEqual(["deal.active"]);
    expect(toggleType([], "deal", "ended", true)).toEqual(["deal.ended"]);
  });
});
