import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime, exactTime, money } from "../../app/format";
import { Dialog } from "../../ui/dialog";
import { Failure } from "../../ui/error";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Fact, Facts, Loading } from "../../ui/page";
import { Table } from "../../ui/table";
import { Purchase } from "./ledger";

type Payment = Schemas["Payment"];
const address = (id: string) => `/balance?payment=${encodeURIComponent(id)}`;

/** Lists the payments, newest first; each opens with its details. */
export function Payments() {
  const { t } = useTranslation("balance");
  const payments = useList<Payment>(["balance", "payments"], (cursor, signal) =>
    client.page("/payments", { params: { query: { cursor } }, signal }),
  );
  return (
    <List
      list={payments}
      lines={3}
      empty={
        <Empty title={t("paymentsEmpty")}>
          <p>
            <Link href="/deals">{t("toDeals")}</Link> · <Link href="/concerts">{t("toConcerts")}</Link>
          </p>
        </Empty>
      }
    >
      {(rows) => (
        <Table
          caption={t("payments")}
          rows={rows}
          id={(payment) => payment.id}
          columns={[
            { id: "for", heading: t("for"), cell: (payment) => <Purchase of={payment} /> },
            { id: "amount", heading: t("amount"), numeric: true, cell: (payment) => money(payment.amount) },
            { id: "time", heading: t("time"), cell: (payment) => <span className="when">{dateTime(payment.created_at)}</span> },
            {
              id: "details",
              heading: t("details"),
              cell: (payment) => (
                <Link href={address(payment.id)} aria-label={t("detailsOf", { time: dateTime(payment.created_at) })}>
                  {t("show")}
                </Link>
              ),
            },
          ]}
        />
      )}
    </List>
  );
}

/** Shows the details of a payment above the page. */
export function PaymentDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("balance");
  const payment = useQuery({
    queryKey: ["balance", "payment", id],
    queryFn: ({ signal }) => client.get("/payments/{payment_id}", { params: { path: { payment_id: id } }, signal }),
  });
  return (
    <Dialog title={t("payment")} onClose={onClose}>
      <Failure error={payment.error} retry={() => void payment.refetch()} />
      {payment.data ? (
        <Facts>
          <Fact name={t("amount")}>
            <strong>{money(payment.data.amount)}</strong>
          </Fact>
          <Fact name={t("status")}>
            <Badge tone="good">{t(`statuses.${payment.data.status}`)}</Badge>
          </Fact>
          <Fact name={t("time")}>{exactTime(payment.data.created_at)}</Fact>
          <Fact name={t("after")}>{money(payment.data.balance_after)}</Fact>
          <Fact name={t("for")}>
            <Purchase of={payment.data} />
          </Fact>
          <Fact name={t("number")}>
            <code>{payment.data.id}</code>
          </Fact>
        </Facts>
      ) : (
        !payment.error && <Loading lines={4} />
      )}
    </Dialog>
  );
}
