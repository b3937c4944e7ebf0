import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { count } from "../../app/format";

type EventReward = Schemas["EventReward"];

/** What a reward, a line of a request or a grant says about its content. */
interface Content {
  points?: number | null;
  item_id?: string | null;
  badge_id?: string | null;
  code_ending?: string | null;
  coupon_code?: string | null;
  /** Number of items, coupons or badges in all. */
  quantity: number;
}

/** Returns a function that says what is granted, such as "100 points" or "2 × gem". */
export function useContentText(): (content: Content) => string {
  const { t } = useTranslation("events");
  return ({ points, item_id, badge_id, code_ending, quantity }) => {
    if (points != null) return t("content.points", { count: points, points: count(points) });
    const name =
      item_id != null
        ? t("content.item", { item: item_id })
        : badge_id != null
          ? t("content.badge", { badge: badge_id })
          : code_ending
            ? t("content.code", { ending: code_ending })
            : t("content.coupon");
    return quantity > 1 ? t("content.times", { quantity: count(quantity), name }) : name;
  };
}

/** Returns what one grant of a reward of an event contains. */
export const contentOf = (reward: EventReward): Content => ({
  ...reward,
  points: reward.points == null ? null : reward.points * reward.quantity,
  quantity: (reward.item_quantity ?? 1) * reward.quantity,
});
