import type { Schemas } from "dibs-client";
import { fromInput, toInput } from "../../app/local_time";
import { type ConditionNode, createNode, fromCondition, toCondition } from "./condition/tree";

export type Offer = Schemas["EventReward"];

/** Terms of an attached reward in a form. Empty texts stand for "none" or "no limit". */
export interface OfferDraft {
  quantity: string;
  totalLimit: string;
  perUserLimit: string;
  review: "" | "auto" | "manual";
  validFrom: string;
  validUntil: string;
  hasCondition: boolean;
  condition: ConditionNode;
}

/** Returns the form of an attached reward, or that of one to attach. */
export function draftOf(offer: Offer | undefined): OfferDraft {
  return {
    quantity: String(offer?.quantity ?? 1),
    totalLimit: offer?.total_limit == null ? "" : String(offer.total_limit),
    perUserLimit: String(offer?.per_user_limit ?? 1),
    review: offer?.review ?? "",
    validFrom: offer?.valid_from ? toInput(offer.valid_from) : "",
    validUntil: offer?.valid_until ? toInput(offer.valid_until) : "",
    hasCondition: offer?.condition != null,
    condition: offer?.condition ? fromCondition(offer.condition) : createNode("count", { type: "login" }),
  };
}

const condition = (draft: OfferDraft) => (draft.hasCondition ? toCondition(draft.condition) : null);

/** Returns the body that attaches a reward. */
export function createBody(rewardId: string, draft: OfferDraft): Schemas["EventRewardCreate"] {
  return {
    reward_id: rewardId,
    quantity: Number(draft.quantity),
    total_limit: draft.totalLimit === "" ? null : Number(draft.totalLimit),
    per_user_limit: Number(draft.perUserLimit),
    review: draft.review || null,
    valid_from: fromInput(draft.validFrom) ?? null,
    valid_until: fromInput(draft.validUntil) ?? null,
    condition: condition(draft),
  };
}

/** Returns the body that changes the terms as far as the form differs from what they were. */
export function updateBody(before: OfferDraft, draft: OfferDraft): Schemas["EventRewardUpdate"] {
  const body: Schemas["EventRewardUpdate"] = {};
  if (draft.quantity !== before.quantity) body.quantity = Number(draft.quantity);
  if (draft.totalLimit !== before.totalLimit && draft.totalLimit !== "") body.total_limit = Number(draft.totalLimit);
  if (draft.perUserLimit !== before.perUserLimit) body.per_user_limit = Number(draft.perUserLimit);
  if (draft.review !== before.review) body.review = draft.review || null;
  if (draft.validFrom !== before.validFrom) body.valid_from = fromInput(draft.validFrom) ?? null;
  if (draft.validUntil !== before.validUntil) body.valid_until = fromInput(draft.validUntil) ?? null;
  if (JSON.stringify(condition(draft)) !== JSON.stringify(condition(before))) body.condition = condition(draft);
  return body;
}
