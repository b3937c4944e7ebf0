import { useTranslation } from "react-i18next";
import { count, duration } from "../../app/format";
import { Chart } from "../../ui/chart/chart";
import { QueueSelect } from "./choices";
import { useAddress } from "./figures";
import { FiguresPage } from "./figures_page";
import { beforeEach } from "./period";
import { QueuesNow } from "./queues_now";
import { Breakdown, Tile, Tiles } from "./tiles";

const OUTCOMES = ["served", "no_shows", "expired"] as const;
const minutes = (seconds: number) => duration(seconds * 1000);

/** Shows who joined the queues, what became of them, and how long they waited. */
export default function QueueFigures() {
  const { t } = useTranslation("dashboards");
  const [get] = useAddress();
  const queue = get("queue");
  return (
    <FiguresPage
      title={t("title.queues")}
      path="/analytics/queues"
      filter={{ queue_id: queue }}
      filters={<QueueSelect />}
      isEmpty={({ totals }) => totals.joined + totals.let_in + totals.gave_up === 0}
    >
      {({ data, before, axis }) => {
        const timeline = data?.timeline ?? [];
        const totals = data?.totals;
        const wait = (field: "wait_p50_seconds" | "wait_p95_seconds") => totals && (totals[field] ?? null);
        return (
          <>
            <Tiles label={t("totals")}>
              {(["joined", "let_in", "served", "gave_up", "no_shows"] as const).map((field) => (
                <Tile key={field} name={t(`queues.${field}`)} value={totals?.[field]} before={before?.totals[field]} show={count} />
              ))}
              <Tile
                name={t("queues.p50")}
                value={wait("wait_p50_seconds")}
                before={before?.totals.wait_p50_seconds}
                show={minutes}
              />
              <Tile
                name={t("queues.p95")}
                value={wait("wait_p95_seconds")}
                before={before?.totals.wait_p95_seconds}
                show={minutes}
              />
            </Tiles>
            <Chart
              {...axis}
              title={t("queues.timeline")}
              value={count}
              series={[
                { label: t("queues.joined"), values: timeline.map(({ joined }) => joined), tone: "1", form: "bar" },
                { label: t("queues.let_in"), values: timeline.map(({ let_in }) => let_in), tone: "3" },
                { label: t("queues.gave_up"), values: timeline.map(({ gave_up }) => gave_up), tone: "2", look: "dotted" },
                {
                  label: t("queues.joinedBefore"),
                  values: beforeEach(timeline, before?.timeline ?? [], ({ joined }) => joined),
                  tone: "before",
                  look: "dashed",
                },
              ]}
            />
            <div className="dashboard-columns">
              <Chart
                {...axis}
                title={t("queues.waiting")}
                value={minutes}
                height={200}
                series={[
                  { label: t("queues.p50"), values: timeline.map(({ wait_p50_seconds }) => wait_p50_seconds ?? null), tone: "1" },
                  { label: t("queues.p95"), values: timeline.map(({ wait_p95_seconds }) => wait_p95_seconds ?? null), tone: "2", look: "dashed" },
                ]}
              />
              <Breakdown
                caption={t("queues.outcome")}
                show={count}
                parts={OUTCOMES.map((outcome) => ({ id: outcome, name: t(`queues.${outcome}`), value: totals?.[outcome] }))}
              />
            </div>
            {queue === undefined && <QueuesNow />}
            <p className="muted">{t("queues.note")}</p>
          </>
        );
      }}
    </FiguresPage>
  );
}
