import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, exactTime, money } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { Countdown } from "../../ui/countdown";
import { ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Fact, Facts, Loading, Page, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { OrderBadge } from "./badges";
import { OrderLog } from "./order_log";
import { PaymentFacts } from "./payment_facts";

/** Shows an order of any user with its payment and its log. */
export default function Order({ id }: { id: string }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const found = useQuery({
    queryKey: ["orders", id],
    queryFn: ({ signal }) => client.get("/orders/{order_id}", { params: { path: { order_id: id } }, signal }),
    refetchInterval: (query) => (query.state.data?.status === "reserved" ? 3000 : false),
  });
  if (!found.data) {
    return (
      <Page title={t("order.one")}>
        {found.error ? (
          <Failure error={found.error} retry={() => void found.refetch()}>
            <Link href="/orders">{t("order.toSearch")}</Link>
          </Failure>
        ) : (
          <Loading lines={8} />
        )}
      </Page>
    );
  }
  return <Details order={found.data} />;
}

function Details({ order }: { order: Schemas["Order"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const admin = hasRole(useAccount());
  const cache = useQueryClient();
  const toast = useToast();
  const cancel = useMutation({
    mutationFn: () => client.delete("/orders/{order_id}", { params: { path: { order_id: order.id } } }),
    onSuccess: (changed) => {
      cache.setQueryData(["orders", order.id], changed);
      toast(t("order.canceled"));
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["orders"] }),
  });
  return (
    <Page
      title={t("order.titled", { product: order.product.name })}
      heading={
        <span className="row">
          {t("order.titled", { product: order.product.name })} <OrderBadge order={order} />
        </span>
      }
    >
      <Facts>
        <Fact name={t("order.quantity")}>{count(order.quantity)}</Fact>
        <Fact name={t("order.unitPrice")}>{money(order.unit_price)}</Fact>
        <Fact name={t("order.total")}>
          <strong>{money(order.total_price)}</strong>
        </Fact>
        <Fact name={t("user.one")}>
          <Link href={`/users/${order.user_id}`}>{String(order.user_id)}</Link> ·{" "}
          <Link href={`/orders?user=${encodeURIComponent(String(order.user_id))}`}>{t("order.others")}</Link>
        </Fact>
        <Fact name={t("deal.one")}>
          <Link href={`/deals/${order.time_deal_id}`}>{String(order.time_deal_id)}</Link>
        </Fact>
        <Fact name={t("createdAt")}>{exactTime(order.created_at)}</Fact>
        {order.status === "reserved" && (
          <Fact name={t("order.payableFor")}>
            <Countdown until={order.expires_at} ended={t("order.expired")} />
          </Fact>
        )}
        {order.confirmed_at && <Fact name={t("order.confirmedAt")}>{exactTime(order.confirmed_at)}</Fact>}
        {order.canceled_at && <Fact name={t("order.canceledAt")}>{exactTime(order.canceled_at)}</Fact>}
        <Fact name={t("id")}>
          <code>{order.id}</code>
        </Fact>
      </Facts>
      <Section title={t("payment.one")}>
        {order.payment_id ? <PaymentFacts id={order.payment_id} inOrder /> : <p>{t(`order.unpaid.${order.status}`)}</p>}
      </Section>
      <Section title={t("order.log")}>
        <OrderLog order={order} />
      </Section>
      {admin && order.status === "reserved" && (
        <Section title={t("order.cancelTitle")}>
          <p className="muted">{t("order.cancelAdvice")}</p>
          <ConfirmButton
            busy={cancel.isPending}
            question={t("order.cancelQuestion", { count: order.quantity, units: count(order.quantity) })}
            onConfirm={() => cancel.mutate()}
          >
            {t("order.cancel")}
          </ConfirmButton>
          <Failure error={cancel.error} />
        </Section>
      )}
    </Page>
  );
}
