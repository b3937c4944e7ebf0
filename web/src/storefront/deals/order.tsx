import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, exactTime, money } from "../../app/format";
import { useLive } from "../../app/live";
import { useNow } from "../../app/use_now";
import { ConfirmButton, LinkButton } from "../../ui/button";
import { Countdown } from "../../ui/countdown";
import { Failure } from "../../ui/error";
import { Empty, Fact, Facts, Loading, Notice, Page, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { OrderBadge } from "./order_badge";
import { OrderLog } from "./order_log";
import { type Order, type OrderEvent, providerPayment, stateAt } from "./order_state";
import { Pay } from "./pay";
import "./deals.css";

const WAITING_MS = 2_000;

/** Shows an order, and lets its owner pay or cancel it. */
export default function OrderPage({ id }: { id: string }) {
  const { t } = useTranslation("deals");
  const queries = useQueryClient();
  const path = { params: { path: { order_id: id } } };
  const key = ["orders", "one", id];
  const order = useQuery({ queryKey: key, queryFn: ({ signal }) => client.get("/orders/{order_id}", { ...path, signal }) });
  const log = useQuery({
    queryKey: [...key, "log"],
    queryFn: ({ signal }) => client.get("/orders/{order_id}/events", { ...path, signal }),
    // The report of a failed payment changes the log, not the order.
    refetchInterval: ({ state }) => (providerPayment(state.data ?? [])?.state === "waiting" ? WAITING_MS : false),
  });
  useLive(order.data ? `orders/${id}` : undefined, (state) => {
    queries.setQueryData<Order>(key, state);
    void queries.invalidateQueries({ queryKey: [...key, "log"] });
  });
  if (order.error instanceof ApiError && (order.error.status === 404 || order.error.code === "FORBIDDEN")) {
    return (
      <Page title={t("orders.missing")}>
        <Empty title={t("orders.missing")}>
          <p>{t("orders.missingAdvice")}</p>
          <LinkButton href="/orders">{t("orders.toOrders")}</LinkButton>
        </Empty>
      </Page>
    );
  }
  if (!order.data) {
    return (
      <Page title={t("orders.title")}>
        <Failure error={order.error} retry={() => void order.refetch()} />
        {!order.error && <Loading lines={10} />}
      </Page>
    );
  }
  return <Details order={order.data} log={log.data} />;
}

function Details({ order, log }: { order: Order; log: OrderEvent[] | undefined }) {
  const { t } = useTranslation("deals");
  const state = stateAt(order, useNow());
  useEffect(() => {
    // The button that was pressed is gone with the state it belonged to, and the focus with it.
    if (document.activeElement === document.body) document.querySelector("h1")?.focus({ preventScroll: true });
  }, [state]);
  return (
    <Page
      title={`${t("orders.title")}: ${order.product.name}`}
      heading={order.product.name}
      actions={<OrderBadge state={state} />}
    >
      <State order={order} state={state} log={log} />
      <Section title={t("orders.details")}>
        <Facts>
          <Fact name={t("quantity")}>{count(order.quantity)}</Fact>
          <Fact name={t("orders.unitPrice")}>{money(order.unit_price)}</Fact>
          <Fact name={t("total")}>
            <strong>{money(order.total_price)}</strong>
          </Fact>
          <Fact name={t("orders.created")}>{exactTime(order.created_at)}</Fact>
          {order.confirmed_at && <Fact name={t("orders.paidAt")}>{exactTime(order.confirmed_at)}</Fact>}
          {order.canceled_at && <Fact name={t("orders.canceledAt")}>{exactTime(order.canceled_at)}</Fact>}
          <Fact name={t("orders.number")}>
            <code>{order.id}</code>
          </Fact>
          <Fact name={t("deal")}>
            <Link href={`/deals/${order.time_deal_id}`}>{order.product.name}</Link>
          </Fact>
        </Facts>
      </Section>
      <Section title={t("orders.log")}>{log ? <OrderLog log={log} /> : <Loading lines={3} />}</Section>
    </Page>
  );
}

/** Says what the state of the order means, and what to do now. */
function State({ order, state, log }: { order: Order; state: ReturnType<typeof stateAt>; log: OrderEvent[] | undefined }) {
  const { t } = useTranslation("deals");
  const payment = providerPayment(log ?? []);
  const again = (
    <p>
      <LinkButton small look="secondary" href={`/deals/${order.time_deal_id}?quantity=${order.quantity}`}>
        {t("orders.again")}
      </LinkButton>
    </p>
  );
  if (state === "paid") {
    return (
      <Notice tone="good" title={t("orders.paidTitle")}>
        <p>{t("orders.paidText", { price: money(order.total_price) })}</p>
        {order.payment_id && (
          <p>
            <Link href={`/balance?payment=${encodeURIComponent(order.payment_id)}`}>{t("orders.toPayment")}</Link>
          </p>
        )}
      </Notice>
    );
  }
  if (state === "open") {
    return (
      <>
        <div className="notice info hold">
          <strong>{t("orders.heldTitle", { quantity: count(order.quantity) })}</strong>
          <span>
            {t("orders.heldFor")}{" "}
            <strong className="big">
              <Countdown until={order.expires_at} />
            </strong>
          </span>
        </div>
        <Pay order={order} payment={payment} />
        <Cancel order={order} waiting={payment?.state === "waiting"} />
      </>
    );
  }
  return (
    <Notice tone={state === "failed" ? "bad" : "warn"} title={t(`orders.${state}Title`)}>
      <p>{state === "canceled" && order.reason === "deal_canceled" ? t("orders.dealCanceledText") : t(`orders.${state}Text`)}</p>
      {payment?.state === "waiting" && <p>{t("pay.lateMoney")}</p>}
      {payment?.state === "completed" && (
        <p>
          {t("pay.moneyIsBalance")} <Link href="/balance">{t("pay.toBalance")}</Link>
        </p>
      )}
      {order.reason !== "deal_canceled" && again}
    </Notice>
  );
}

function Cancel({ order, waiting }: { order: Order; waiting: boolean }) {
  const { t } = useTranslation("deals");
  const queries = useQueryClient();
  const toast = useToast();
  const key = ["orders", "one", order.id];
  const cancel = useMutation({
    mutationFn: () => client.delete("/orders/{order_id}", { params: { path: { order_id: order.id } } }),
    onSuccess: (canceled) => {
      queries.setQueryData(key, canceled);
      toast(t("orders.canceledToast"));
    },
    // Another tab may have canceled or paid it: the present state says so.
    onSettled: () => queries.invalidateQueries({ queryKey: ["orders"] }),
  });
  const done = cancel.error instanceof ApiError && cancel.error.code === "ALREADY_CANCELED";
  return (
    <div className="cancel">
      {!done && <Failure error={cancel.error} retry={() => cancel.mutate()} />}
      <ConfirmButton
        look="danger"
        small
        busy={cancel.isPending}
        question={
          <>
            {t("orders.cancelQuestion", { quantity: count(order.quantity) })} {waiting && t("orders.cancelWhileWaiting")}
          </>
        }
        onConfirm={() => cancel.mutate()}
      >
        {t("orders.cancel")}
      </ConfirmButton>
    </div>
  );
}
