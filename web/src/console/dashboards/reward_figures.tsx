import { useTranslation } from "react-i18next";
import { count } from "../../app/format";
import { Chart } from "../../ui/chart/chart";
import { Table } from "../../ui/table";
import { EventSelect, OptionSelect } from "./choices";
import { useAddress } from "./figures";
import { FiguresPage } from "./figures_page";
import { beforeEach } from "./period";
import { STATUSES } from "./statuses";
import { Breakdown, Tile, Tiles } from "./tiles";

const TYPES = ["POINT", "ITEM", "COUPON", "BADGE"] as const;
const TONES = { POINT: "1", ITEM: "2", COUPON: "3", BADGE: "4" } as const;

/** Shows the requests for rewards by type and status. */
export default function RewardFigures() {
  const { t } = useTranslation("dashboards");
  const [get, set] = useAddress();
  const type = TYPES.find((one) => one === get("type"));
  return (
    <FiguresPage
      title={t("title.rewards")}
      path="/analytics/rewards"
      filter={{ event_id: get("event"), reward_type: type }}
      filters={
        <>
          <EventSelect />
          <OptionSelect
            label={t("filter.type")}
            all={t("filter.allTypes")}
            options={TYPES.map((id) => ({ id, name: t(`type.${id}`) }))}
            value={type}
            onChoose={(next) => set({ type: next })}
          />
        </>
      }
      isEmpty={({ totals }) => totals.requests + totals.granted === 0}
    >
      {({ data, before, axis }) => {
        const timeline = data?.timeline ?? [];
        const totals = data?.totals;
        const types = TYPES.filter((one) => type === undefined || one === type);
        return (
          <>
            <Tiles label={t("totals")}>
              <Tile name={t("events.requests")} value={totals?.requests} before={before?.totals.requests} show={count} />
              <Tile name={t("events.granted")} value={totals?.granted} before={before?.totals.granted} show={count} />
              {(["in_review", "rejected", "failed"] as const).map((status) => (
                <Tile
                  key={status}
                  name={t(`status.${status}`)}
                  value={totals?.by_status[status]}
                  before={before?.totals.by_status[status]}
                  show={count}
                />
              ))}
            </Tiles>
            <Chart
              {...axis}
              title={t("rewards.timeline")}
              value={count}
              stacked
              series={[
                ...types.map((one) => ({
                  label: t(`type.${one}`),
                  values: timeline.map(({ by_type }) => by_type.find((part) => part.type === one)?.requests ?? 0),
                  tone: TONES[one],
                  form: "bar" as const,
                })),
                {
                  label: t("beforeSeries"),
                  values: beforeEach(timeline, before?.timeline ?? [], ({ requests }) => requests),
                  tone: "before",
                  look: "dashed",
                },
              ]}
            />
            <Chart
              {...axis}
              title={t("events.granted")}
              value={count}
              height={180}
              series={[
                { label: t("events.granted"), values: timeline.map(({ granted }) => granted), tone: "3", form: "bar" },
                {
                  label: t("beforeSeries"),
                  values: beforeEach(timeline, before?.timeline ?? [], ({ granted }) => granted),
                  tone: "before",
                  look: "dashed",
                },
              ]}
            />
            <div className="dashboard-columns">
              <Breakdown
                caption={t("events.byStatus")}
                show={count}
                parts={STATUSES.map((status) => ({ id: status, name: t(`status.${status}`), value: totals?.by_status[status] }))}
              />
              <Breakdown
                caption={t("rewards.byType")}
                show={count}
                parts={types.map((one) => ({
                  id: one,
                  name: t(`type.${one}`),
                  value: totals && (totals.by_type.find((part) => part.type === one)?.requests ?? 0),
                }))}
              />
            </div>
            <Table
              caption={t("rewards.typeAndStatus")}
              rows={types}
              id={(one) => one}
              columns={[
                { id: "type", heading: t("filter.type"), cell: (one) => t(`type.${one}`) },
                ...STATUSES.map((status) => ({
                  id: status,
                  heading: t(`status.${status}`),
                  numeric: true,
                  cell: (one: (typeof TYPES)[number]) =>
                    totals ? count(totals.by_type.find((part) => part.type === one)?.by_status[status] ?? 0) : "\u00a0",
                })),
              ]}
            />
          </>
        );
      }}
    </FiguresPage>
  );
}
