import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "wouter";
import { client } from "../../app/client";
import { count, dateTime, money } from "../../app/format";
import { withIntent } from "../../app/intent";
import { zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Select } from "../../ui/field";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { Table } from "../../ui/table";
import { useToast } from "../../ui/toast";
import { DealBadge } from "./badges";
import { DealForm } from "./deal_form";
import { useMayWrite } from "./may_write";
import { CATEGORIES } from "./product_form";

type Deal = Schemas["TimeDeal"];
const STATUSES = ["active", "scheduled", "soldout", "ended", "canceled"] as const;

/** Lists deals by status and category, with their stock, and creates them. */
export default function Deals() {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [search, setSearch] = useSearchParams();
  const product = search.get("product");
  const [status, setStatus] = useState<Deal["status"] | "">("");
  const [category, setCategory] = useState<Deal["product"]["category"] | "">("");
  const [creating, setCreating] = useState(product !== null);
  const create = useMayWrite() && <Button onClick={() => setCreating(true)}>{t("deal.new")}</Button>;
  const list = useList(
    ["deals", status, category],
    (cursor, signal) =>
      client.page("/timedeals", {
        params: { query: { status: status || null, category: category || null, limit: 20, cursor } },
        signal,
      }),
    { refetchInterval: 5000 },
  );
  const close = () => {
    setCreating(false);
    if (product !== null) setSearch({});
  };
  return (
    <Page title={t("deal.list")} actions={create}>
      <div className="inline-form sales-filters">
        <Select label={t("filter.status")} value={status} onChange={(event) => setStatus(event.target.value as typeof status)}>
          <option value="">{t("filter.all")}</option>
          {STATUSES.map((name) => (
            <option key={name} value={name}>
              {t(`deal.status.${name}`)}
            </option>
          ))}
        </Select>
        <Select label={t("filter.category")} value={category} onChange={(event) => setCategory(event.target.value as typeof category)}>
          <option value="">{t("filter.all")}</option>
          {CATEGORIES.map((name) => (
            <option key={name} value={name}>
              {t(`category.${name}`)}
            </option>
          ))}
        </Select>
      </div>
      <List
        list={list}
        empty={
          <Empty title={t("deal.empty")}>
            <p>{t(status || category ? "deal.emptyFiltered" : "deal.emptyAdvice")}</p>
            {create}
          </Empty>
        }
      >
        {(rows) => (
          <>
            <Table
              caption={t("deal.list")}
              rows={rows}
              id={(row) => String(row.id)}
              columns={[
                { id: "product", heading: t("deal.product"), cell: (row) => <Link href={`/deals/${row.id}`}>{row.product.name}</Link> },
                { id: "status", heading: t("filter.status"), cell: (row) => <DealBadge status={row.status} /> },
                { id: "price", heading: t("deal.price"), numeric: true, cell: (row) => (
                    <>
                      {money(row.deal_price)} <small className="muted sales-nowrap">−{row.discount_rate} %</small>
                    </>
                  ) },
                { id: "available", heading: t("stock.available"), numeric: true, cell: (row) => <span className="live">{count(row.available_quantity)}</span> },
                { id: "reserved", heading: t("stock.reserved"), numeric: true, cell: (row) => <span className="live">{count(row.reserved_quantity)}</span> },
                { id: "sold", heading: t("stock.sold"), numeric: true, cell: (row) => <span className="live">{count(row.sold_quantity)}</span> },
                { id: "start", heading: t("deal.start"), cell: (row) => dateTime(row.start_at) },
                { id: "end", heading: t("deal.end"), cell: (row) => dateTime(row.end_at) },
              ]}
            />
            <p className="muted">{t("inZone", { zone: zoneLabel() })}</p>
          </>
        )}
      </List>
      {creating && <NewDeal product={product} onClose={close} />}
    </Page>
  );
}

function NewDeal({ product, onClose }: { product: string | null; onClose: () => void }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [, navigate] = useLocation();
  const toast = useToast();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: (body: Schemas["TimeDealCreate"]) =>
      withIntent(`deal:${JSON.stringify(body)}`, (idempotencyKey) => client.post("/timedeals", { body, idempotencyKey })),
    onSuccess: (deal) => {
      void cache.invalidateQueries({ queryKey: ["deals"] });
      toast(t("deal.created", { name: deal.product.name }));
      navigate(`/deals/${deal.id}`);
    },
  });
  return (
    <Dialog title={t("deal.new")} onClose={onClose} wide>
      <DealForm product={product} busy={create.isPending} error={create.error} onSubmit={create.mutate} />
    </Dialog>
  );
}
