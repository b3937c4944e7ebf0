import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { Badge } from "../../ui/page";
import type { EventStatus } from "./event_draft";

const STATUS_TONES = { draft: "neutral", active: "good", inactive: "warn", ended: "info" } as const;

/** Renders the status of an event. */
export function EventStatusBadge({ status }: { status: EventStatus }) {
  const { t } = useTranslation("rewards");
  return <Badge tone={STATUS_TONES[status]}>{t(`status.${status}`)}</Badge>;
}

/** What of a reward, an attached reward or a line says what it gives. */
interface Content {
  type: Schemas["Reward"]["type"];
  points?: number | null;
  item_id?: string | null;
  badge_id?: string | null;
  pool?: boolean | null;
  coupon_code?: string | null;
  quantity?: number | null;
}

/** Returns a function that says what a reward gives, such as "3 × potion". */
export function useContent(): (reward: Content) => string {
  const { t } = useTranslation("rewards");
  return (reward) => {
    switch (reward.type) {
      case "POINT":
        return t("content.points", { count: reward.points ?? 0, number: count(reward.points ?? 0) });
      case "ITEM":
        return t("content.items", { item: reward.item_id ?? "–", number: count(reward.quantity ?? 1) });
      case "COUPON":
        if (reward.pool) return t("content.pool");
        return reward.coupon_code ? t("content.code", { code: reward.coupon_code }) : t("content.coupon");
      case "BADGE":
        return t("content.badge", { badge: reward.badge_id ?? "–" });
    }
  };
}

const NAMES_MS = 5 * 60_000;

/** Renders the name of an event by its id; the id while the name is unknown. */
export function EventName({ id }: { id: string | number }) {
  const { data } = useQuery({
    queryKey: ["events", String(id)],
    queryFn: ({ signal }) => client.get("/events/{event_id}", { params: { path: { event_id: id } }, signal }),
    staleTime: NAMES_MS,
  });
  return <>{data?.name ?? id}</>;
}

/** Renders the name of a reward by its id; the id while the name is unknown. */
export function RewardName({ id }: { id: string | number }) {
  const { data } = useQuery({
    queryKey: ["rewards", String(id)],
    queryFn: ({ signal }) => client.get("/rewards/{reward_id}", { params: { path: { reward_id: id } }, signal }),
    staleTime: NAMES_MS,
  });
  return <>{data?.name ?? id}</>;
}
