import { useTranslation } from "react-i18next";
import { money, percent } from "../../app/format";
import type { Deal } from "./deal_state";

/** Renders the price of a deal beside the price without it. */
export function Price({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  return (
    <p className="price">
      <strong>
        <span className="hidden">{t("dealPrice")} </span>
        {money(deal.deal_price)}
      </strong>{" "}
      <s>
        <span className="hidden">{t("originalPrice")} </span>
        {money(deal.original_price)}
      </s>{" "}
      <span className="off">{t("off", { share: percent(deal.discount_rate / 100) })}</span>
    </p>
  );
}
