import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, exactTime, money } from "../../app/format";
import { useLive } from "../../app/live";
import { zoneLabel } from "../../app/local_time";
import { ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Fact, Facts, Loading, Notice, Page, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { TimeLeft } from "../../ui/time_left";
import { DealBadge } from "./badges";
import { DealEdit } from "./deal_edit";
import { DealStock } from "./deal_stock";
import { useMayWrite } from "./may_write";
import { ShopLink } from "./shop_link";

/** Shows a deal with its live stock, changes it and cancels it. */
export default function Deal({ id }: { id: string }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const found = useQuery({
    queryKey: ["deals", id],
    queryFn: ({ signal }) => client.get("/timedeals/{deal_id}", { params: { path: { deal_id: id } }, signal }),
    // The status follows from the clock as well, and the counts of a canceled deal from its orders.
    refetchInterval: 5000,
  });
  if (!found.data) {
    return (
      <Page title={t("deal.one")}>
        {found.error ? (
          <Failure error={found.error} retry={() => void found.refetch()}>
            <Link href="/deals">{t("deal.toList")}</Link>
          </Failure>
        ) : (
          <Loading lines={8} />
        )}
      </Page>
    );
  }
  return <Details deal={found.data} />;
}

function Details({ deal }: { deal: Schemas["TimeDeal"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const cache = useQueryClient();
  const toast = useToast();
  const id = String(deal.id);
  const [live, setLive] = useState<Schemas["LiveStock"]>();
  useLive(`deals/${id}/stock`, (state: Schemas["LiveStock"]) => setLive(state));
  const stock = live ?? deal;
  const update = useMutation({
    mutationFn: (body: Schemas["TimeDealUpdate"]) =>
      client.patch("/timedeals/{deal_id}", { params: { path: { deal_id: id } }, body, repeatable: true }),
    onSuccess: (changed) => {
      cache.setQueryData(["deals", id], changed);
      toast(t(changed.status === "canceled" ? "deal.canceledNow" : "saved"));
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["deals"] }),
  });
  const mayWrite = useMayWrite();
  const reserved = stock.reserved_quantity;
  return (
    <Page
      title={deal.product.name}
      heading={
        <span className="row">
          {deal.product.name} <DealBadge status={deal.status} />
        </span>
      }
      actions={
        <ShopLink href={`/deals/${id}`} />
      }
    >
      {deal.status === "canceled" && <Closing reserved={reserved} />}
      <Section title={t("deal.stockTitle")}>
        <DealStock stock={stock} />
      </Section>
      <Facts>
        <Fact name={t("deal.price")}>
          {money(deal.deal_price)} <small className="muted">{t("deal.insteadOf", { price: money(deal.original_price), percent: deal.discount_rate })}</small>
        </Fact>
        <Fact name={t("deal.start")}>
          {exactTime(deal.start_at)}
          {deal.status === "scheduled" && (
            <div>
              {t("deal.startsIn")} <TimeLeft until={deal.start_at} />
            </div>
          )}
        </Fact>
        <Fact name={t("deal.end")}>
          {exactTime(deal.end_at)}
          {(deal.status === "active" || deal.status === "soldout") && (
            <div>
              {t("deal.endsIn")} <TimeLeft until={deal.end_at} />
            </div>
          )}
        </Fact>
        <Fact name={t("deal.zone")}>{zoneLabel()}</Fact>
        <Fact name={t("deal.hold")}>{count(deal.hold_seconds)}</Fact>
        <Fact name={t("deal.queue")}>
          {deal.queue_id == null ? t("deal.noQueue") : <Link href={`/queues/${deal.queue_id}`}>{String(deal.queue_id)}</Link>}
        </Fact>
        <Fact name={t("deal.product")}>
          <Link href={`/products/${deal.product_id}`}>{deal.product.name}</Link>
        </Fact>
        <Fact name={t("id")}>
          <code>{id}</code>
        </Fact>
        <Fact name={t("changedAt")}>{exactTime(deal.updated_at)}</Fact>
      </Facts>
      {mayWrite && deal.status !== "canceled" && (
        <Section title={t("deal.edit")}>
          {deal.status === "ended" && <p className="muted">{t("deal.prolong")}</p>}
          <DealEdit
            key={`${deal.deal_price} ${deal.original_price} ${deal.start_at} ${deal.end_at} ${deal.hold_seconds} ${deal.queue_id} ${deal.status === "scheduled"}`}
            deal={deal}
            busy={update.isPending}
            error={update.variables?.status ? undefined : update.error}
            onSubmit={(body) => {
              if (Object.keys(body).length === 0) toast(t("unchanged"), "info");
              else update.mutate(body);
            }}
          />
        </Section>
      )}
      {mayWrite && deal.status !== "canceled" && (
        <Section title={t("deal.cancelTitle")}>
          <p className="muted">{t("deal.cancelAdvice")}</p>
          <ConfirmButton
            busy={update.isPending}
            question={
              <>
                {reserved > 0 ? t("deal.cancelOpen", { count: reserved, units: count(reserved) }) : t("deal.cancelNone")}{" "}
                {stock.sold_quantity > 0 && t("deal.cancelSold", { count: stock.sold_quantity, units: count(stock.sold_quantity) })}{" "}
                {t("deal.cancelForGood")}
              </>
            }
            onConfirm={() => update.mutate({ status: "canceled" })}
          >
            {t("deal.cancel")}
          </ConfirmButton>
          <Failure error={update.variables?.status ? update.error : undefined} />
        </Section>
      )}
    </Page>
  );
}

/** Shows how far the open orders of a canceled deal are canceled, by the units that they still hold. */
function Closing({ reserved }: { reserved: number }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [most, setMost] = useState(reserved);
  if (reserved > most) setMost(reserved);
  if (reserved === 0) {
    return <Notice tone="good">{t("deal.closed")}</Notice>;
  }
  return (
    <Notice tone="warn" title={t("deal.closing")}>
      <p>{t("deal.closingLeft", { count: reserved, units: count(reserved) })}</p>
      <progress aria-label={t("deal.closing")} max={most} value={most - reserved} />
    </Notice>
  );
}
