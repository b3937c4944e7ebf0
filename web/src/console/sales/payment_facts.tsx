import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { exactTime, money } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { Failure } from "../../ui/error";
import { Badge, Fact, Facts, Loading } from "../../ui/page";

/** Shows a payment by its id. Operators may not read payments, so they see the id alone. */
export function PaymentFacts({ id, inOrder = false }: { id: string; inOrder?: boolean }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const mayRead = hasRole(useAccount(), "AUDITOR");
  const found = useQuery({
    queryKey: ["payments", id],
    queryFn: ({ signal }) => client.get("/payments/{payment_id}", { params: { path: { payment_id: id } }, signal }),
    enabled: mayRead,
  });
  if (!mayRead) {
    return (
      <Facts>
        <Fact name={t("payment.id")}>
          <code>{id}</code>
        </Fact>
        <Fact name={t("payment.details")}>{t("payment.auditorsOnly")}</Fact>
      </Facts>
    );
  }
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={3} />;
  const payment = found.data;
  return (
    <Facts>
      <Fact name={t("payment.amount")}>
        <strong>{money(payment.amount)}</strong> <Badge tone="good">{t("payment.completed")}</Badge>
      </Fact>
      <Fact name={t("payment.paidAt")}>{exactTime(payment.created_at)}</Fact>
      <Fact name={t("payment.balanceAfter")}>{money(payment.balance_after)}</Fact>
      <Fact name={t("user.one")}>
        <Link href={`/users/${payment.user_id}`}>{String(payment.user_id)}</Link>
      </Fact>
      {!inOrder && payment.order_id && (
        <Fact name={t("order.one")}>
          <Link href={`/orders/${encodeURIComponent(payment.order_id)}`}>{payment.order_id}</Link>
        </Fact>
      )}
      {payment.reservation_id && <Fact name={t("payment.reservation")}>{payment.reservation_id}</Fact>}
      <Fact name={t("payment.id")}>
        <code>{payment.id}</code>
      </Fact>
    </Facts>
  );
}
