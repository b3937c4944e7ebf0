import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/page";

type Tones<S extends string> = Record<S, "neutral" | "good" | "warn" | "bad" | "info">;

const PRODUCT: Tones<Schemas["Product"]["status"]> = { active: "good", inactive: "neutral", deleted: "bad" };
const DEAL: Tones<Schemas["TimeDeal"]["status"]> = {
  scheduled: "info",
  active: "good",
  ended: "neutral",
  soldout: "warn",
  canceled: "bad",
};
const ORDER: Tones<Schemas["Order"]["status"]> = {
  pending: "neutral",
  reserved: "info",
  confirmed: "good",
  canceled: "neutral",
  failed: "bad",
};

/** Renders the status of a product. */
export function ProductBadge({ status }: { status: Schemas["Product"]["status"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  return <Badge tone={PRODUCT[status]}>{t(`product.status.${status}`)}</Badge>;
}

/** Renders the status of a deal. */
export function DealBadge({ status }: { status: Schemas["TimeDeal"]["status"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  return <Badge tone={DEAL[status]}>{t(`deal.status.${status}`)}</Badge>;
}

/** Renders the status of an order, and why it ended. */
export function OrderBadge({ order }: { order: Pick<Schemas["Order"], "status" | "reason"> }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  return (
    <Badge tone={ORDER[order.status]}>
      {t(`order.status.${order.status}`)}
      {order.reason && ` · ${t(`order.reason.${order.reason}`)}`}
    </Badge>
  );
}
