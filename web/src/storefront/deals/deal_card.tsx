import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { dateTime } from "../../app/format";
import { useNow } from "../../app/use_now";
import { TimeLeft } from "../../ui/time_left";
import { type Deal, statusAt } from "./deal_state";
import { Picture } from "./picture";
import { Price } from "./price";
import { DealBadge, Stock } from "./stock";
import "./deals.css";

/** Renders a deal in a list, as a link to its page. */
export function DealCard({ deal }: { deal: Deal }) {
  const { product } = deal;
  const status = statusAt(deal, useNow());
  const over = status === "ended" || status === "canceled";
  return (
    <article className={`card deal-card${over ? " over" : ""}`}>
      <Picture src={product.thumbnail_url ?? product.image_url} category={product.category} />
      <div className="deal-body">
        <DealBadge status={status} />
        <h3>
          <Link href={`/deals/${deal.id}`}>{product.name}</Link>
        </h3>
        <Price deal={deal} />
        <Stock deal={deal} />
        <DealTime deal={deal} />
      </div>
    </article>
  );
}

/** Renders when a deal starts or ends, as a countdown while that lies ahead. */
export function DealTime({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  const status = statusAt(deal, useNow());
  return (
    <p className="deal-time">
      {status === "scheduled" && (
        <>
          {t("startsIn")} <TimeLeft until={deal.start_at} />
        </>
      )}
      {(status === "active" || status === "soldout") && (
        <>
          {t("endsIn")} <TimeLeft until={deal.end_at} />
        </>
      )}
      {status === "ended" && t("endedAt", { time: dateTime(deal.end_at) })}
      {status === "canceled" && t("canceledDeal")}
    </p>
  );
}
