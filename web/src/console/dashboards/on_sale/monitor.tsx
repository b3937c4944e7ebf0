import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../../app/client";
import { count, duration, money } from "../../../app/format";
import { Chart, type ChartProps } from "../../../ui/chart/chart";
import { Countdown } from "../../../ui/countdown";
import { Failure } from "../../../ui/error";
import { Badge, Loading, Notice } from "../../../ui/page";
import { Breakdown, lengthOf } from "../tiles";
import { level, positions, rate, record, type Sample } from "./samples";
import { type Stock, type Subject, useDealStock, useEverySecond, useQueue, useSaleFigures, useSeats, useSubject } from "./source";

const STATUS_TONES = { scheduled: "info", active: "good", ended: "neutral", soldout: "warn", canceled: "bad" } as const;
const QUEUE_TONES = { open: "good", paused: "warn", closed: "neutral" } as const;
const X = positions();

/** Shows stock, orders a second, the queue and states of orders of one sale, as they change. */
export function Monitor({ subject }: { subject: Subject }) {
  const { t } = useTranslation("dashboards");
  const about = useSubject(subject);
  const deal = useDealStock("deal" in subject ? subject.deal : undefined);
  const seats = useSeats("concert" in subject ? subject : undefined);
  const { data: sale, error: saleError, refetch } = useSaleFigures(subject, about.data?.since);
  const queue = useQueue(about.data?.queue == null ? undefined : String(about.data.queue));
  const { figures } = sale ?? {};

  // Figures say how many seats are taken when a queue guards the map.
  const total = about.data?.seats;
  const taken = figures && figures.held_units - figures.lapsed_units - figures.canceled_units;
  const counted: Stock | undefined =
    seats.refused && figures && taken !== undefined
      ? {
          total,
          available: total === undefined ? undefined : Math.max(0, total - taken),
          held: Math.max(0, taken - figures.paid_units),
          sold: figures.paid_units,
        }
      : undefined;
  const stock = deal ?? seats.stock ?? counted;
  const waiting = queue.entry?.waiting ?? (queue.progress && Math.max(0, queue.progress.joined - queue.progress.admitted_upto));
  const { now, samples } = useSamples({
    ...(figures && { orders: figures.held, sold: figures.paid_units }),
    ...(stock?.available !== undefined && { available: stock.available }),
    ...(stock?.held !== undefined && { held: stock.held }),
    ...(waiting !== undefined && { waiting }),
    ...(queue.progress && { admitted: queue.progress.admitted_upto }),
  });
  const orders = rate(samples, "orders", now);
  const at = (get: (time: number) => number | undefined) => X.map((before) => get(now + before) ?? null);
  const axis: Pick<ChartProps, "x" | "tick" | "exact" | "steps" | "labelWidth" | "whole"> = {
    x: X,
    tick: (before) => (before === 0 ? t("onSale.now") : `−${duration(-before)}`),
    steps: [6, 12, 24, 60],
    labelWidth: 70,
  };
  if (about.error) return <Failure error={about.error} retry={() => void about.refetch()} />;
  if (!about.data) return <Loading lines={12} />;
  return (
    <>
      <Failure error={saleError} retry={() => void refetch()} />
      <div className="monitor-head">
        <h2>{about.data.name}</h2>
        <span>{stock?.status && <Badge tone={STATUS_TONES[stock.status]}>{t(`dealStatus.${stock.status}`)}</Badge>}</span>
        <span className="muted">{stock && <When stock={stock} />}</span>
      </div>
      <p role="status" className="hidden">
        {stock?.available === 0 ? t("onSale.nothingLeft") : ""}
      </p>
      <div className="monitor-numbers">
        <BigNumber name={t("onSale.available")} note={stock?.total === undefined ? undefined : t("onSale.ofTotal", { total: count(stock.total) })}>
          {stock?.available}
        </BigNumber>
        <BigNumber name={t("onSale.rate")} note={t("onSale.rateNote")} digits={1}>
          {orders}
        </BigNumber>
        <BigNumber name={t("onSale.sold")} note={figures && money(figures.revenue)}>
          {stock?.sold ?? figures?.paid_units}
        </BigNumber>
        <BigNumber name={t("onSale.held")} note={t("onSale.heldNote")}>
          {stock?.held}
        </BigNumber>
        {about.data.queue != null && (
          <>
            <BigNumber
              name={t("onSale.waiting")}
              note={
                queue.progress && (
                  <Badge tone={QUEUE_TONES[queue.progress.status]}>{t(`queueStatus.${queue.progress.status}`)}</Badge>
                )
              }
            >
              {waiting}
            </BigNumber>
            <BigNumber
              name={t("onSale.inside")}
              note={
                queue.entry
                  ? t("queues.ofCapacity", { active: count(queue.entry.active), capacity: count(queue.entry.capacity) })
                  : t("onSale.admittedNote")
              }
            >
              {queue.entry?.active ?? queue.progress?.admitted_upto}
            </BigNumber>
          </>
        )}
      </div>
      <StockBar stock={stock} />
      <div className="dashboard-columns">
        <Chart
          {...axis}
          title={t("onSale.stock")}
          value={count}
          series={[
            { label: t("onSale.available"), values: at((time) => level(samples, "available", time)), tone: "1" },
            { label: t("onSale.held"), values: at((time) => level(samples, "held", time)), tone: "2", look: "dashed" },
          ]}
        />
        <Chart
          {...axis}
          title={t("onSale.rate")}
          value={tenths}
          whole={false}
          series={[
            { label: t("onSale.ordersRate"), values: at((time) => rate(samples, "orders", time)), tone: "1" },
            { label: t("onSale.soldRate"), values: at((time) => rate(samples, "sold", time)), tone: "3", look: "dashed" },
          ]}
        />
        {about.data.queue != null && (
          <>
            <Chart
              {...axis}
              title={t("onSale.waiting")}
              value={count}
              series={[{ label: t("onSale.waiting"), values: at((time) => level(samples, "waiting", time)), tone: "4" }]}
            />
            <Chart
              {...axis}
              title={t("onSale.admittedRate")}
              value={tenths}
              whole={false}
              series={[{ label: t("onSale.admittedRate"), values: at((time) => rate(samples, "admitted", time)), tone: "3" }]}
            />
          </>
        )}
      </div>
      <div className="dashboard-columns">
        <Breakdown
          caption={t("onSale.states")}
          show={count}
          parts={[
            { id: "open", name: t("onSale.open"), value: figures && Math.max(0, figures.held - figures.paid - figures.lapsed - figures.canceled) },
            { id: "paid", name: t("sales.paid"), value: figures?.paid },
            { id: "lapsed", name: t("sales.lapsed"), value: figures?.lapsed },
            { id: "canceled", name: t("sales.canceled"), value: figures?.canceled },
          ]}
        />
        <div>
          {sale?.soldOut && (
            <Notice tone="good">{t("onSale.soldOutAfter", { duration: duration(sale.soldOut.seconds * 1000) })}</Notice>
          )}
          {seats.refused && <p className="muted">{t("onSale.guarded")}</p>}
          <p className="muted">{t("refusalsNote")}</p>
          <p className="muted">{t("onSale.fresh")}</p>
        </div>
      </div>
    </>
  );
}

const tenths = (value: number) => count(Math.round(value * 10) / 10);

/** Takes a sample of the numbers each second. */
function useSamples(numbers: Omit<Sample, "at">): { now: number; samples: Sample[] } {
  const latest = useRef(numbers);
  useEffect(() => {
    latest.current = numbers;
  });
  const [taken, setTaken] = useState<{ now: number; samples: Sample[] }>(() => ({ now: client.now(), samples: [] }));
  useEverySecond(
    useCallback(
      (now) => setTaken(({ samples }) => ({ now, samples: record(samples, { at: now, ...latest.current }) })),
      [],
    ),
  );
  return taken;
}

function BigNumber({ name, note, digits = 0, children }: {
  name: ReactNode;
  note?: ReactNode;
  digits?: number;
  children: number | undefined;
}) {
  const shown = children === undefined ? "–" : digits ? (Math.round(children * 10) / 10).toFixed(digits) : count(children);
  return (
    <dl className="card monitor-number">
      <dt>{name}</dt>
      <dd className="huge" style={lengthOf(shown)}>
        {shown}
      </dd>
      <dd className="note">{note ?? "\u00a0"}</dd>
    </dl>
  );
}

function When({ stock: { startAt, endAt, status } }: { stock: Stock }) {
  const { t } = useTranslation("dashboards");
  if (status === "scheduled" && startAt) {
    return (
      <>
        {t("onSale.startsIn")} <Countdown until={startAt} />
      </>
    );
  }
  if (status === "active" && endAt) {
    return (
      <>
        {t("onSale.endsIn")} <Countdown until={endAt} />
      </>
    );
  }
  return null;
}

function StockBar({ stock }: { stock: Stock | undefined }) {
  const { t } = useTranslation("dashboards");
  const { total = 0, sold = 0, held = 0 } = stock ?? {};
  const share = (units: number) => `${total > 0 ? (units / total) * 100 : 0}%`;
  return (
    <div>
      <div
        className="stock-bar"
        role="img"
        aria-label={t("onSale.barLabel", { sold: count(sold), held: count(held), total: count(total) })}
      >
        <span className="sold" style={{ width: share(sold) }} />
        <span className="held" style={{ width: share(held) }} />
      </div>
      <div className="stock-legend" aria-hidden="true">
        {(["sold", "held", "available"] as const).map((part) => (
          <span key={part}>
            <span className="stock-bar">
              <span className={part} />
            </span>{" "}
            {t(`onSale.${part}`)}
          </span>
        ))}
      </div>
    </div>
  );
}
