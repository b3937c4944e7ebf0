import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "wouter";
import { client } from "../../app/client";
import { dateTime, money } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { List, useList } from "../../ui/list";
import { Empty, Notice, Page, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { FindForm } from "./find_form";
import { PaymentFacts } from "./payment_facts";
import { Reports } from "./reports";
import { useUserId } from "./user_id";

/** Finds payments by id and by user, and lists the reports of the provider that could not be booked. */
export default function Payments() {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [search, setSearch] = useSearchParams();
  const mayRead = hasRole(useAccount(), "AUDITOR");
  const payment = search.get("payment");
  const user = search.get("user");
  const { hint, label, find } = useUserId();
  return (
    <Page title={t("payment.list")}>
      <Reports />
      <Section title={t("payment.search")}>
        {mayRead ? (
          <>
            <div className="columns">
              <FindForm
                key={`payment ${payment}`}
                label={t("payment.id")}
                hint={t("payment.idHint")}
                button={t("payment.open")}
                initial={payment ?? ""}
                onFind={(id) => setSearch({ payment: id })}
              />
              <FindForm
                key={`user ${user}`}
                label={label}
                hint={hint}
                button={t("payment.listOfUser")}
                initial={user ?? ""}
                onFind={(text) => find(text, (id) => setSearch({ user: id }))}
              />
            </div>
            {payment && (
              <Section title={t("payment.titled", { id: payment })}>
                <PaymentFacts id={payment} />
              </Section>
            )}
            {user && <PaymentsOf user={user} />}
          </>
        ) : (
          <Notice>{t("payment.operatorNote")}</Notice>
        )}
      </Section>
    </Page>
  );
}

function PaymentsOf({ user }: { user: string }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const list = useList<Schemas["Payment"]>(["payments", "of", user], (cursor, signal) =>
    client.page("/payments", { params: { query: { user_id: user, cursor } }, signal }),
  );
  return (
    <Section title={t("payment.ofUser", { user })}>
      <List
        list={list}
        empty={
          <Empty title={t("payment.emptyUser", { user })}>
            <p>{t("payment.emptyUserAdvice")}</p>
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("payment.ofUser", { user })}
            rows={rows}
            id={(row) => row.id}
            columns={[
              { id: "id", heading: t("payment.id"), cell: (row) => <Link href={`/payments?payment=${encodeURIComponent(row.id)}`}>{row.id}</Link> },
              { id: "time", heading: t("payment.paidAt"), cell: (row) => dateTime(row.created_at) },
              { id: "amount", heading: t("payment.amount"), numeric: true, cell: (row) => money(row.amount) },
              { id: "balance", heading: t("payment.balanceAfter"), numeric: true, cell: (row) => money(row.balance_after) },
              {
                id: "for",
                heading: t("payment.for"),
                cell: (row) =>
                  row.order_id ? (
                    <Link href={`/orders/${encodeURIComponent(row.order_id)}`}>{t("order.one")}</Link>
                  ) : (
                    t("payment.reservation")
                  ),
              },
            ]}
          />
        )}
      </List>
    </Section>
  );
}
