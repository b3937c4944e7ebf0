import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, percent } from "../../app/format";
import { Chart } from "../../ui/chart/chart";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { EventSelect } from "./choices";
import { type Filter, figureQuery, type PeriodState, useAddress } from "./figures";
import { FiguresPage } from "./figures_page";
import { beforeEach } from "./period";
import { STATUSES } from "./statuses";
import { Breakdown, Tile, Tiles } from "./tiles";

const TONES = { draft: "neutral", active: "good", inactive: "warn", ended: "neutral" } as const;

/** Shows the requests for rewards by event. */
export default function EventFigures() {
  const { t } = useTranslation("dashboards");
  const [get] = useAddress();
  const event = get("event");
  const filter = { event_id: event };
  return (
    <FiguresPage
      title={t("title.events")}
      path="/analytics/events"
      filter={filter}
      filters={<EventSelect />}
      isEmpty={({ totals }) => totals.requests + totals.granted + totals.participants === 0}
    >
      {({ data, before, axis, state }) => {
        const timeline = data?.timeline ?? [];
        const totals = data?.totals;
        return (
          <>
            <Tiles label={t("totals")}>
              <Tile name={t("events.requests")} value={totals?.requests} before={before?.totals.requests} show={count} />
              <Tile name={t("events.granted")} value={totals?.granted} before={before?.totals.granted} show={count} />
              <Tile
                name={t("events.participants")}
                value={totals?.participants}
                before={before?.totals.participants}
                show={count}
              />
              <Tile
                name={t("events.grantedShare")}
                value={totals && (totals.requests > 0 ? totals.by_status.granted / totals.requests : null)}
                show={(share) => percent(share, 1)}
                hint={t("events.grantedShareHint")}
              />
            </Tiles>
            <Chart
              {...axis}
              title={t("events.timeline")}
              value={count}
              series={[
                { label: t("events.requests"), values: timeline.map(({ requests }) => requests), tone: "1", form: "bar" },
                { label: t("events.granted"), values: timeline.map(({ granted }) => granted), tone: "3" },
                {
                  label: t("events.requestsBefore"),
                  values: beforeEach(timeline, before?.timeline ?? [], ({ requests }) => requests),
                  tone: "before",
                  look: "dashed",
                },
              ]}
            />
            <Chart
              {...axis}
              title={t("events.participants")}
              value={count}
              height={180}
              series={[
                { label: t("events.participants"), values: timeline.map(({ participants }) => participants), tone: "4", form: "bar" },
                {
                  label: t("beforeSeries"),
                  values: beforeEach(timeline, before?.timeline ?? [], ({ participants }) => participants),
                  tone: "before",
                  look: "dashed",
                },
              ]}
            />
            <div className="dashboard-columns">
              <Breakdown
                caption={t("events.byStatus")}
                show={count}
                parts={STATUSES.map((status) => ({
                  id: status,
                  name: t(`status.${status}`),
                  value: totals?.by_status[status],
                }))}
              />
              {event === undefined && (
                <Breakdown
                  caption={t("events.eventsByStatus")}
                  show={count}
                  parts={(["active", "draft", "inactive", "ended"] as const).map((status) => ({
                    id: status,
                    name: t(`eventStatus.${status}`),
                    value: data?.events_by_status[status],
                  }))}
                />
              )}
            </div>
            {event === undefined && <EventList state={state} filter={filter} />}
          </>
        );
      }}
    </FiguresPage>
  );
}

/** Lists the events with their figures, page by page. */
function EventList({ state, filter }: { state: PeriodState; filter: Filter }) {
  const { t } = useTranslation("dashboards");
  const { periods, zone } = state;
  const [, set] = useAddress();
  const list = useList(
    ["figures", "by event", periods?.shown, zone],
    async (cursor, signal) => {
      const query = { ...figureQuery(periods!.shown, zone!, filter), limit: 20, cursor };
      const { events, next_cursor } = await client.get("/analytics/events", { params: { query }, signal });
      return { data: events, meta: { next_cursor: next_cursor ?? null } };
    },
    { enabled: periods !== undefined && zone !== undefined },
  );
  return (
    <Section title={t("events.each")}>
      <List
        list={list}
        lines={8}
        empty={
          <Empty title={t("events.none")}>
            <Link href="/events/new">{t("events.create")}</Link>
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("events.each")}
            rows={rows}
            id={({ event_id }) => String(event_id)}
            columns={[
              { id: "name", heading: t("events.event"), cell: ({ event_id, name }) => <Link href={`/events/${encodeURIComponent(event_id)}`}>{name}</Link> },
              { id: "status", heading: t("events.status"), cell: ({ status }) => <Badge tone={TONES[status]}>{t(`eventStatus.${status}`)}</Badge> },
              { id: "requests", heading: t("events.requests"), numeric: true, cell: ({ requests }) => count(requests) },
              { id: "granted", heading: t("events.granted"), numeric: true, cell: ({ granted }) => count(granted) },
              { id: "participants", heading: t("events.participants"), numeric: true, cell: ({ participants }) => count(participants) },
              { id: "review", heading: t("status.in_review"), numeric: true, cell: ({ by_status }) => count(by_status.in_review) },
              {
                id: "only",
                heading: <span className="hidden">{t("events.only")}</span>,
                cell: ({ event_id, name }) => (
                  <button type="button" className="button plain" aria-label={t("events.onlyOf", { name })} onClick={() => set({ event: String(event_id) })}>
                    {t("events.only")}
                  </button>
                ),
              },
            ]}
          />
        )}
      </List>
    </Section>
  );
}
