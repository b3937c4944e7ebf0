import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../ui/button";
import { count, duration, exactTime, money, percent } from "../../app/format";
import { Chart } from "../../ui/chart/chart";
import { Notice } from "../../ui/page";
import { Table } from "../../ui/table";
import { SaleSelect } from "./choices";
import { useAddress } from "./figures";
import { FiguresPage } from "./figures_page";
import { beforeEach } from "./period";
import { Tile, Tiles } from "./tiles";

type SaleFigures = Schemas["SaleFigures"];
type Sales = Schemas["SalesFigures"];

const FIELDS = ["revenue", "held", "paid", "paid_units", "lapsed", "canceled"] as const;
type Field = (typeof FIELDS)[number];

/** Adds up a number of deals and concerts; one of them is absent where the other was asked for. */
export const sum = (sales: Sales | undefined, field: keyof SaleFigures): number | undefined =>
  sales && (sales.deals?.[field] ?? 0) + (sales.concerts?.[field] ?? 0);

/** Shows what was ordered, paid and not paid, and the revenue. */
export default function SalesPage() {
  const { t } = useTranslation(["dashboards", "console"]);
  const [get] = useAddress();
  const [deal, concert, date] = [get("deal"), get("concert"), get("date")];
  const filter = deal ? { deal_id: deal } : concert && date ? { concert_id: concert, date } : {};
  const one = Object.keys(filter).length > 0;
  const show = (field: Field) => (field === "revenue" ? money : count);
  return (
    <FiguresPage
      title={t("console:page.sales")}
      path="/analytics/sales"
      filter={filter}
      filters={<SaleSelect label={t("filter.sale")} all={t("filter.allSales")} />}
      isEmpty={({ totals }) => FIELDS.every((field) => sum(totals, field) === 0)}
    >
      {({ data, before, axis }) => {
        const timeline = data?.timeline ?? [];
        const line = (field: Field) => timeline.map((part) => sum(part, field) ?? 0);
        const kinds = (["deals", "concerts"] as const).filter((kind) => !data || data.totals[kind]);
        const held = sum(data?.totals, "held");
        return (
          <>
            <Tiles label={t("totals")}>
              {FIELDS.map((field) => (
                <Tile
                  key={field}
                  name={t(`sales.${field}`)}
                  value={sum(data?.totals, field)}
                  before={sum(before?.totals, field)}
                  show={show(field)}
                />
              ))}
              <Tile
                name={t("sales.paidShare")}
                value={held === undefined ? undefined : held > 0 ? (sum(data?.totals, "paid") ?? 0) / held : null}
                show={(share) => percent(share, 1)}
                hint={t("sales.paidShareHint")}
              />
            </Tiles>
            {one && data?.sold_out && (
              <Notice tone="good">
                {t("sales.soldOut", { time: exactTime(data.sold_out.at), duration: duration(data.sold_out.seconds * 1000) })}
              </Notice>
            )}
            {one && (
              <p>
                <LinkButton small look="secondary" href={`/on-sale?${new URLSearchParams(deal ? { deal } : { concert: concert!, date: date! })}`}>
                  {t("sales.monitor")}
                </LinkButton>
              </p>
            )}
            <Chart
              {...axis}
              title={t("sales.revenue")}
              value={money}
              stacked
              series={[
                ...kinds.map((kind, index) => ({
                  label: t(`sales.${kind}`),
                  values: timeline.map((part) => part[kind]?.revenue ?? 0),
                  tone: index === 0 ? ("1" as const) : ("2" as const),
                  form: "bar" as const,
                })),
                {
                  label: t("beforeSeries"),
                  values: beforeEach(timeline, before?.timeline ?? [], (part) => sum(part, "revenue") ?? 0),
                  tone: "before",
                  look: "dashed",
                },
              ]}
            />
            <Chart
              {...axis}
              title={t("sales.orders")}
              value={count}
              series={[
                { label: t("sales.held"), values: line("held"), tone: "1" },
                { label: t("sales.paid"), values: line("paid"), tone: "3", look: "dashed" },
                { label: t("sales.lapsed"), values: line("lapsed"), tone: "2", look: "dotted" },
                { label: t("sales.canceled"), values: line("canceled"), tone: "5", look: "dotted" },
              ]}
            />
            {!one && (
              <Table
                caption={t("sales.byKind")}
                columns={[
                  { id: "kind", heading: t("sales.kind"), cell: (kind) => t(`sales.${kind}`) },
                  ...FIELDS.map((field) => ({
                    id: field,
                    heading: t(`sales.${field}`),
                    numeric: true,
                    cell: (kind: "deals" | "concerts") => (data ? show(field)(data.totals[kind]?.[field] ?? 0) : "\u00a0"),
                  })),
                ]}
                rows={kinds}
                id={(kind) => kind}
              />
            )}
            <p className="muted">{t("refusalsNote")}</p>
          </>
        );
      }}
    </FiguresPage>
  );
}
