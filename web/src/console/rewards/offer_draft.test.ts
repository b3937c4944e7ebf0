import { describe, expect, it } from "vitest";
import { createBody, draftOf, type Offer, updateBody } from "./offer_draft";

const offer: Offer = {
  event_id: "cmp_1",
  reward_id: "rwd_1",
  name: "Gem",
  type: "ITEM",
  item_id: "gem",
  item_quantity: 1,
  quantity: 2,
  total_limit: 100,
  per_user_limit: 3,
  condition: { quest_cleared: { quest_id: "dragon" } },
  review: "manual",
  valid_from: null,
  valid_until: "2026-12-31T00:00:30.000Z",
  expires_at: null,
  created_at: "2026-11-01T00:00:00.000Z",
};

describe("terms of an attached reward", () => {
  it("are created with what is left out as null", () => {
    expect(createBody("rwd_1", draftOf(undefined))).toEqual({
      reward_id: "rwd_1",
      quantity: 1,
      total_limit: null,
      per_user_limit: 1,
      review: null,
      valid_from: null,
      valid_until: null,
      condition: null,
    });
  });

  it("are not changed by a form that was not touched", () => {
    expect(updateBody(draftOf(offer), draftOf(offer))).toEqual({});
  });

  it("are changed as far as the form differs", () => {
    const before = draftOf(offer);
    expect(updateBody(before, { ...before, totalLimit: "200", review: "", validUntil: "", hasCondition: false })).toEqual({
      total_limit: 200,
      review: null,
      valid_until: null,
      condition: null,
    });
  });

  it("keep a limit that was cleared, since it can only be raised", () => {
    const before = draftOf(offer);
    expect(updateBody(before, { ...before, totalLimit: "" })).toEqual({});
  });
});
