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

/** Share of the stock below which it counts as low. */
const LOW = 0.2;

/** Renders how many units are left. */
export function Stock({ deal }: { deal: Pick<Deal, "stock_quantity" | "available_quantity"> }) {
  const { t } = useTranslation("deals");
  const left = t("left", { left: count(deal.available_quantity), all: count(deal.stock_quantity) });
  const share = deal.available_quantity / deal.stock_quantity;
  return (
    <div className="stock">
      <div
        role="meter"
        aria-label={t("leftLabel")}
        aria-valuemin={0}
        aria-valuemax={deal.stock_quantity}
        aria-valuenow={deal.available_quantity}
        aria-valuetext={left}
      >
        <span className={share < LOW ? "low" : undefined} style={{ width: `${share * 100}%` }} />
      </div>
      <small className="number">{left}</small>
    </div>
  );
}
