import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { useLive } from "../../app/live";
import { isMissing } from "../../app/query";
import { useNow } from "../../app/use_now";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Badge, Empty, Fact, Facts, Loading, Page } from "../../ui/page";
import { DealTime } from "./deal_card";
import { type Deal, statusAt } from "./deal_state";
import { OrderBox } from "./order_box";
import { Picture } from "./picture";
import { Price } from "./price";
import { DealBadge, Stock } from "./stock";
import "./deals.css";

/** Shows a deal with its live stock, and orders it. */
export default function DealPage({ id }: { id: string }) {
  const { t } = useTranslation("deals");
  const queries = useQueryClient();
  const deal = useQuery({
    queryKey: ["deals", "one", id],
    queryFn: ({ signal }) => client.get("/timedeals/{deal_id}", { params: { path: { deal_id: id } }, signal }),
  });
  useLive(deal.data ? `deals/${id}/stock` : undefined, (stock) =>
    queries.setQueryData<Deal>(["deals", "one", id], (known) => known && { ...known, ...stock }),
  );
  if (isMissing(deal.error)) {
    return (
      <Page title={t("missing")}>
        <Empty title={t("missing")}>
          <LinkButton href="/deals">{t("toDeals")}</LinkButton>
        </Empty>
      </Page>
    );
  }
  if (!deal.data) {
    return (
      <Page title={t("deal")}>
        <Failure error={deal.error} retry={() => void deal.refetch()} />
        {!deal.error && <Loading lines={10} />}
      </Page>
    );
  }
  return <Details deal={deal.data} />;
}

function Details({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  const { product } = deal;
  return (
    <Page title={product.name}>
      <div className="deal">
        <Picture src={product.image_url ?? product.thumbnail_url} category={product.category} />
        <div>
          <p className="row">
            <DealBadge status={statusAt(deal, useNow())} />
            <Badge>{t(`category.${product.category}`)}</Badge>
            {deal.queue_id && <Badge tone="info">{t("guarded")}</Badge>}
          </p>
          <Price deal={deal} />
          <Stock deal={deal} />
          <DealTime deal={deal} />
          <OrderBox deal={deal} />
        </div>
        <div>
          <h2>{t("about")}</h2>
          <p>{product.description || t("noDescription")}</p>
          <Facts>
            <Fact name={t("from")}>{dateTime(deal.start_at)}</Fact>
            <Fact name={t("until")}>{dateTime(deal.end_at)}</Fact>
            <Fact name={t("holdTime")}>{t("minutes", { minutes: Math.round(deal.hold_seconds / 60) })}</Fact>
            <Fact name={t("perOrder")}>{t("perOrderMax")}</Fact>
          </Facts>
        </div>
      </div>
    </Page>
  );
}
