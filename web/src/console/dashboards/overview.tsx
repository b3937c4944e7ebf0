import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { count, duration, money } from "../../app/format";
import { useNow } from "../../app/use_now";
import { Chart } from "../../ui/chart/chart";
import { Failure } from "../../ui/error";
import { Page, Section } from "../../ui/page";
import { Attention } from "./attention";
import { type PeriodState, useAddress, useFigures, useOwnZone } from "./figures";
import { timeAxis } from "./figures_page";
import { periodError, periodsOf } from "./period";
import { PeriodNote } from "./period_bar";
import { sum } from "./sales";
import { Tile, Tiles } from "./tiles";
import "./dashboards.css";

const SPANS = ["today", "7d"] as const;
const AREAS = ["sales", "events", "users", "queues"] as const;
const MINUTE_MS = 60_000;

/** Shows the main numbers of today or of the last seven days, and what needs attention. */
export default function Overview() {
  const { t } = useTranslation(["dashboards", "console"]);
  const [get, set] = useAddress();
  const own = useOwnZone();
  const now = useNow(MINUTE_MS);
  const period = SPANS.find((one) => one === get("period")) ?? "today";
  const zone = own.data;
  const choice = { period };
  const state: PeriodState = {
    choice,
    zone,
    ownZone: zone,
    zoneError: own.error,
    retryZone: () => void own.refetch(),
    periods: zone === undefined ? undefined : periodsOf(choice, zone, now),
    error: zone === undefined ? undefined : periodError(choice, zone, now),
  };
  return (
    <Page title={t("console:page.overview")}>
      <Attention />
      <fieldset className="choice">
        <legend>{t("period.label")}</legend>
        {SPANS.map((one) => (
          <label key={one}>
            <input type="radio" name="period" checked={period === one} onChange={() => set({ period: one })} />
            {t(`period.${one}`)}
          </label>
        ))}
      </fieldset>
      <PeriodNote state={state} />
      <Failure error={own.error} retry={state.retryZone} />
      <div className="figures">
        {AREAS.map((area) => (
          <Area key={area} area={area} state={state} />
        ))}
      </div>
    </Page>
  );
}

function Area({ area, state }: { area: (typeof AREAS)[number]; state: PeriodState }) {
  const { t } = useTranslation(["dashboards", "console"]);
  const more = `/dashboards/${area}?period=${state.choice.period}`;
  const parts = { sales: SalesArea, events: EventsArea, users: UsersArea, queues: QueuesArea };
  const Part = parts[area];
  return (
    <Section
      title={t(`title.${area}`)}
      actions={
        <Link href={more} aria-label={t("overview.moreOf", { area: t(`title.${area}`) })}>
          {t("overview.more")}
        </Link>
      }
    >
      <Part state={state} />
    </Section>
  );
}

function SalesArea({ state }: { state: PeriodState }) {
  const { t } = useTranslation(["dashboards", "console"]);
  const shown = useFigures("/analytics/sales", state.periods?.shown, state.zone);
  const before = useFigures("/analytics/sales", state.periods?.before, state.zone);
  const [now, then] = [shown.data?.totals, before.data?.totals];
  return (
    <>
      <Failure error={shown.error} retry={() => void shown.refetch()} />
      <div className="overview-area">
        <Tiles label={t("title.sales")}>
          <Tile name={t("sales.revenue")} value={sum(now, "revenue")} before={sum(then, "revenue")} show={money} />
          <Tile name={t("sales.held")} value={sum(now, "held")} before={sum(then, "held")} show={count} />
          <Tile name={t("sales.paid")} value={sum(now, "paid")} before={sum(then, "paid")} show={count} />
          <Tile name={t("sales.lapsed")} value={sum(now, "lapsed")} before={sum(then, "lapsed")} show={count} />
        </Tiles>
        <Chart
          {...timeAxis(shown.data?.timeline, state)}
          title={t("sales.revenue")}
          value={money}
          height={160}
          series={[
            {
              label: t("sales.revenue"),
              values: (shown.data?.timeline ?? []).map((part) => sum(part, "revenue") ?? 0),
              tone: "1",
              form: "bar",
            },
          ]}
        />
      </div>
    </>
  );
}

function EventsArea({ state }: { state: PeriodState }) {
  const { t } = useTranslation(["dashboards", "console"]);
  const shown = useFigures("/analytics/events", state.periods?.shown, state.zone);
  const before = useFigures("/analytics/events", state.periods?.before, state.zone);
  const [now, then] = [shown.data?.totals, before.data?.totals];
  return (
    <>
      <Failure error={shown.error} retry={() => void shown.refetch()} />
      <div className="overview-area">
        <Tiles label={t("title.events")}>
          <Tile name={t("events.requests")} value={now?.requests} before={then?.requests} show={count} />
          <Tile name={t("events.granted")} value={now?.granted} before={then?.granted} show={count} />
          <Tile name={t("events.participants")} value={now?.participants} before={then?.participants} show={count} />
          <Tile name={t("status.failed")} value={now?.by_status.failed} before={then?.by_status.failed} show={count} />
        </Tiles>
        <Chart
          {...timeAxis(shown.data?.timeline, state)}
          title={t("events.requests")}
          value={count}
          height={160}
          series={[
            {
              label: t("events.requests"),
              values: (shown.data?.timeline ?? []).map(({ requests }) => requests),
              tone: "4",
              form: "bar",
            },
          ]}
        />
      </div>
    </>
  );
}

function UsersArea({ state }: { state: PeriodState }) {
  const { t } = useTranslation(["dashboards", "console"]);
  const shown = useFigures("/analytics/users", state.periods?.shown, state.zone);
  const before = useFigures("/analytics/users", state.periods?.before, state.zone);
  const [now, then] = [shown.data?.totals, before.data?.totals];
  const active = (shown.data?.timeline ?? []).map(({ active_users }) => active_users ?? null);
  return (
    <>
      <Failure error={shown.error} retry={() => void shown.refetch()} />
      <div className="overview-area">
        <Tiles label={t("title.users")}>
          <Tile name={t("users.new")} value={now?.new_users} before={then?.new_users} show={count} />
          {state.choice.period === "today" ? (
            <Tile name={t("users.active")} value={now && (now.active_users ?? null)} before={then?.active_users} show={count} />
          ) : (
            <Tile
              name={t("users.mostActive")}
              value={shown.data && Math.max(0, ...active.map((users) => users ?? 0))}
              show={count}
              hint={t("users.mostActiveHint")}
            />
          )}
          <Tile name={t("users.registered")} value={shown.data?.registered_users} show={count} hint={t("users.registeredHint")} />
        </Tiles>
        <Chart
          {...timeAxis(shown.data?.timeline, state)}
          title={t("users.active")}
          value={count}
          height={160}
          series={[{ label: t("users.active"), values: active, tone: "3", form: "bar" }]}
        />
      </div>
    </>
  );
}

function QueuesArea({ state }: { state: PeriodState }) {
  const { t } = useTranslation(["dashboards", "console"]);
  const shown = useFigures("/analytics/queues", state.periods?.shown, state.zone);
  const before = useFigures("/analytics/queues", state.periods?.before, state.zone);
  const [now, then] = [shown.data?.totals, before.data?.totals];
  return (
    <>
      <Failure error={shown.error} retry={() => void shown.refetch()} />
      <div className="overview-area">
        <Tiles label={t("title.queues")}>
          <Tile name={t("queues.joined")} value={now?.joined} before={then?.joined} show={count} />
          <Tile name={t("queues.let_in")} value={now?.let_in} before={then?.let_in} show={count} />
          <Tile name={t("queues.gave_up")} value={now?.gave_up} before={then?.gave_up} show={count} />
          <Tile
            name={t("queues.p50")}
            value={now && (now.wait_p50_seconds ?? null)}
            before={then?.wait_p50_seconds}
            show={(seconds) => duration(seconds * 1000)}
          />
        </Tiles>
        <Chart
          {...timeAxis(shown.data?.timeline, state)}
          title={t("queues.joined")}
          value={count}
          height={160}
          series={[
            {
              label: t("queues.joined"),
              values: (shown.data?.timeline ?? []).map(({ joined }) => joined),
              tone: "2",
              form: "bar",
            },
          ]}
        />
      </div>
    </>
  );
}
