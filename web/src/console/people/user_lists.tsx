import type { Schemas } from "dibs-client";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, dateTime, money } from "../../app/format";
import { List, useList } from "../../ui/list";
import { Empty, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { StatusBadge } from "../requests/status";
import { EventName, RewardName } from "../rewards/parts";
import { OrderBadge } from "../sales/badges";

const LIMIT = 10;

/** Lists the requests for rewards of a user. */
export function UserRequests({ id }: { id: string }) {
  const { t } = useTranslation("people");
  const list = useList<Schemas["EventRequest"]>(["requests", "of", id], (cursor, signal) =>
    client.page("/events/requests", { params: { query: { user_id: id, limit: LIMIT, cursor } }, signal }),
  );
  return (
    <Section title={t("requests.title")} actions={<All href={`/requests?status=all&user_id=${encodeURIComponent(id)}`}>{t("requests.open")}</All>}>
      <List list={list} lines={3} empty={<Empty title={list.more ? t("requests.furtherOn") : t("requests.none")} />}>
        {(rows) => (
          <Table
            caption={t("requests.title")}
            rows={rows}
            id={(row) => row.id}
            columns={[
              {
                id: "event",
                heading: t("requests.event"),
                cell: (row) => (
                  <Link href={`/requests/${encodeURIComponent(row.id)}`}>
                    <EventName id={row.event_id} />
                  </Link>
                ),
              },
              {
                id: "lines",
                heading: t("requests.rewards"),
                cell: (row) =>
                  row.lines.map((line) => (
                    <div key={`${line.reward_id} ${line.number}`}>
                      <RewardName id={line.reward_id} /> <StatusBadge status={line.status} />
                    </div>
                  )),
              },
              { id: "created", heading: t("requests.created"), cell: (row) => dateTime(row.created_at) },
            ]}
          />
        )}
      </List>
    </Section>
  );
}

/** Lists the orders of a user. */
export function UserOrders({ id }: { id: string }) {
  const { t } = useTranslation("people");
  const list = useList<Schemas["Order"]>(["orders", "of", id], (cursor, signal) =>
    client.page("/orders", { params: { query: { user_id: id, limit: LIMIT, cursor } }, signal }),
  );
  return (
    <Section title={t("orders.title")} actions={<All href={`/orders?user=${encodeURIComponent(id)}`}>{t("orders.open")}</All>}>
      <List list={list} lines={3} empty={<Empty title={t("orders.none")} />}>
        {(rows) => (
          <Table
            caption={t("orders.title")}
            rows={rows}
            id={(row) => row.id}
            columns={[
              {
                id: "product",
                heading: t("orders.product"),
                cell: (row) => <Link href={`/orders/${encodeURIComponent(row.id)}`}>{row.product.name}</Link>,
              },
              { id: "status", heading: t("account.status"), cell: (row) => <OrderBadge order={row} /> },
              { id: "quantity", heading: t("orders.quantity"), numeric: true, cell: (row) => count(row.quantity) },
              { id: "total", heading: t("orders.total"), numeric: true, cell: (row) => money(row.total_price) },
              { id: "created", heading: t("orders.created"), cell: (row) => dateTime(row.created_at) },
            ]}
          />
        )}
      </List>
    </Section>
  );
}

/** Lists the payments of a user, for auditors. */
export function UserPayments({ id }: { id: string }) {
  const { t } = useTranslation("people");
  const list = useList<Schemas["Payment"]>(["payments", "of", id], (cursor, signal) =>
    client.page("/payments", { params: { query: { user_id: id, limit: LIMIT, cursor } }, signal }),
  );
  return (
    <Section title={t("payments.title")} actions={<All href={`/payments?user=${encodeURIComponent(id)}`}>{t("payments.open")}</All>}>
      <List list={list} lines={3} empty={<Empty title={t("payments.none")} />}>
        {(rows) => (
          <Table
            caption={t("payments.title")}
            rows={rows}
            id={(row) => row.id}
            columns={[
              {
                id: "id",
                heading: t("payments.id"),
                cell: (row) => <Link href={`/payments?payment=${encodeURIComponent(row.id)}`}>{row.id}</Link>,
              },
              { id: "amount", heading: t("payments.amount"), numeric: true, cell: (row) => money(row.amount) },
              { id: "balance", heading: t("payments.balanceAfter"), numeric: true, cell: (row) => money(row.balance_after) },
              { id: "time", heading: t("payments.paidAt"), cell: (row) => dateTime(row.created_at) },
            ]}
          />
        )}
      </List>
    </Section>
  );
}

const All = ({ href, children }: { href: string; children: ReactNode }) => <Link href={href}>{children}</Link>;
