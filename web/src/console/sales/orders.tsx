import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "wouter";
import { client } from "../../app/client";
import { count, dateTime, money } from "../../app/format";
import { List, useList } from "../../ui/list";
import { Empty, Page, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { OrderBadge } from "./badges";
import { FindForm } from "./find_form";
import { useUserId } from "./user_id";

/** Finds an order by its id, and lists the orders of a user. */
export default function Orders() {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [, navigate] = useLocation();
  const [search, setSearch] = useSearchParams();
  const user = search.get("user");
  const { hint, label, find } = useUserId();
  return (
    <Page title={t("order.list")}>
      <div className="columns">
        <FindForm
          label={t("order.id")}
          hint={t("order.idHint")}
          button={t("order.open")}
          onFind={(id) => navigate(`/orders/${encodeURIComponent(id)}`)}
        />
        <FindForm
          key={user}
          label={label}
          hint={hint}
          button={t("order.listOfUser")}
          initial={user ?? ""}
          onFind={(text) => find(text, (id) => setSearch({ user: id }))}
        />
      </div>
      {user ? (
        <OrdersOf user={user} />
      ) : (
        <Section title={t("order.ofUsers")}>
          <Empty title={t("order.none")}>
            <p>{t("order.noneAdvice")}</p>
          </Empty>
        </Section>
      )}
    </Page>
  );
}

function OrdersOf({ user }: { user: string }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const list = useList<Schemas["Order"]>(["orders", "of", user], (cursor, signal) =>
    client.page("/orders", { params: { query: { user_id: user, limit: 20, cursor } }, signal }),
  );
  return (
    <Section title={t("order.ofUser", { user })}>
      <List
        list={list}
        empty={
          <Empty title={t("order.emptyUser", { user })}>
            <p>{t("order.emptyUserAdvice")}</p>
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("order.ofUser", { user })}
            rows={rows}
            id={(row) => row.id}
            columns={[
              { id: "product", heading: t("deal.product"), cell: (row) => <Link href={`/orders/${encodeURIComponent(row.id)}`}>{row.product.name}</Link> },
              { id: "status", heading: t("filter.status"), cell: (row) => <OrderBadge order={row} /> },
              { id: "quantity", heading: t("order.quantity"), numeric: true, cell: (row) => count(row.quantity) },
              { id: "total", heading: t("order.total"), numeric: true, cell: (row) => money(row.total_price) },
              { id: "deal", heading: t("deal.one"), cell: (row) => <Link href={`/deals/${row.time_deal_id}`}>{String(row.time_deal_id)}</Link> },
              { id: "created", heading: t("createdAt"), cell: (row) => dateTime(row.created_at) },
            ]}
          />
        )}
      </List>
    </Section>
  );
}
