import { useTranslation } from "react-i18next";
import { count } from "../../app/format";
import { Badge } from "../../ui/page";
import type { Deal, DealStatus } from "./deal_state";

const TONES = { active: "good", scheduled: "info", soldout: "warn", ended: "neutral", canceled: "bad" } as const;

/** Renders the status of a deal. */
export function DealBadge({ status }: { status: DealStatus }) {
  const { t } = useTranslation("deals");
  return <Badge tone={TONES[status]}>{t(`status.${status}`)}</Badge>;
}

/** Renders how many units are left, held and sold. */
export function Stock({ deal }: { deal: Pick<Deal, "stock_quantity" | "available_quantity"> }) {
  const { t } = useTranslation("deals");
  const left = t("left", { left: count(deal.available_quantity), all: count(deal.stock_quantity) });
  return (
    <div className="stock">
      <meter
        min={0}
        max={deal.stock_quantity}
        low={deal.stock_quantity * 0.2}
        optimum={deal.stock_quantity}
        value={deal.available_quantity}
        aria-label={t("leftLabel")}
      >
        {left}
      </meter>
      <small className="number">{left}</small>
    </div>
  );
}
