import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, OfflineError } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { money } from "../../app/format";
import { useNow } from "../../app/use_now";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Notice } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { balanceKey, type Order, type ProviderPayment, providerKey } from "./order_state";

/** Time without a report after which the page says that the provider is slow. */
const SLOW_MS = 15_000;

/** Pays an order that is held: from the balance, or through the payment provider. */
export function Pay({ order, payment }: { order: Order; payment: ProviderPayment | undefined }) {
  const now = useNow();
  const slow = payment?.state === "waiting" && now - payment.requestedAt > SLOW_MS;
  return (
    <>
      {payment && <Outcome payment={payment} slow={slow} />}
      <div className="pay-ways">
        <FromBalance order={order} />
        <ThroughProvider order={order} payment={payment} slow={slow} />
      </div>
    </>
  );
}

function useAfterPaying(order: Order) {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["orders"] }),
      queries.invalidateQueries({ queryKey: ["balance"] }),
      queries.invalidateQueries({ queryKey: ["deals", "one", String(order.time_deal_id)] }),
    ]);
}

function FromBalance({ order }: { order: Order }) {
  const { t } = useTranslation("deals");
  const toast = useToast();
  const settle = useAfterPaying(order);
  const balance = useQuery({ queryKey: ["balance", "now"], queryFn: ({ signal }) => client.get("/balance", { signal }) });
  const pay = useMutation({
    mutationFn: () => client.post("/payments", { body: { order_id: order.id }, idempotencyKey: balanceKey(order.id) }),
    onSuccess: () => toast(t("pay.done", { price: money(order.total_price) })),
    // The outcome of a refused or lost payment is in the order itself.
    onSettled: settle,
  });
  const missing = balance.data ? order.total_price - balance.data.balance : 0;
  const here = `/orders/${encodeURIComponent(order.id)}`;
  const known = pay.error instanceof ApiError && ["ALREADY_PAID", "UNAUTHORIZED"].includes(pay.error.code);
  return (
    <section className="card">
      <h2>{t("pay.balance")}</h2>
      <p>
        {t("pay.yourBalance")} <strong className="live">{balance.data ? money(balance.data.balance) : "…"}</strong>
      </p>
      <Failure error={balance.error} retry={() => void balance.refetch()} />
      {!known && (
        <Failure error={pay.error} retry={() => pay.mutate()}>
          {pay.error instanceof OfflineError && <p>{t("pay.lost")}</p>}
        </Failure>
      )}
      {missing > 0 ? (
        <div>
          <p>{t("pay.missing", { amount: money(missing) })}</p>
          <LinkButton href={`/balance?amount=${missing}&next=${encodeURIComponent(here)}`}>
            {t("pay.charge", { amount: money(missing) })}
          </LinkButton>
        </div>
      ) : (
        <div>
          <Button busy={pay.isPending} disabled={!balance.data && !balance.error} onClick={() => pay.mutate()}>
            {t("pay.fromBalance", { price: money(order.total_price) })}
          </Button>
        </div>
      )}
    </section>
  );
}

function ThroughProvider({ order, payment, slow }: {
  order: Order;
  payment: ProviderPayment | undefined;
  slow: boolean;
}) {
  const { t } = useTranslation("deals");
  const toast = useToast();
  const settle = useAfterPaying(order);
  const request = useMutation({
    mutationFn: () =>
      client.post("/orders/{order_id}/payments", {
        params: { path: { order_id: order.id } },
        idempotencyKey: providerKey(order.id, payment),
      }),
    onSuccess: () => slow && toast(t("pay.askedAgain"), "info"),
    onSettled: settle,
  });
  const waiting = payment?.state === "waiting";
  const known = request.error instanceof ApiError && ["ALREADY_PAID", "UNAUTHORIZED"].includes(request.error.code);
  const unknown = request.error && (!(request.error instanceof ApiError) || request.error.status >= 500);
  return (
    <section className="card">
      <h2>{t("pay.provider")}</h2>
      <p>{t("pay.providerText")}</p>
      {!known && <Failure error={request.error}>{unknown && <p>{t("pay.lost")}</p>}</Failure>}
      <div>
        <Button look="secondary" busy={request.isPending} disabled={waiting && !slow} onClick={() => request.mutate()}>
          {waiting ? t(slow ? "pay.askAgain" : "pay.waiting") : t("pay.throughProvider", { price: money(order.total_price) })}
        </Button>
      </div>
    </section>
  );
}

/** Says what is known of the payment through the provider. */
function Outcome({ payment, slow }: { payment: ProviderPayment; slow: boolean }) {
  const { t } = useTranslation("deals");
  if (payment.state === "failed") {
    return (
      <Notice tone="bad" title={t("pay.failedTitle")}>
        <p>{t("pay.failedText")}</p>
      </Notice>
    );
  }
  if (payment.state === "completed") return null;
  return (
    <Notice tone={slow ? "warn" : "info"} title={slow ? t("pay.slowTitle") : t("pay.waitingTitle")}>
      <p>{slow ? t("pay.slowText") : t("pay.waitingText")}</p>
    </Notice>
  );
}
