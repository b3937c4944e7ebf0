import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime, money } from "../../app/format";
import { List, useList } from "../../ui/list";
import { Empty } from "../../ui/page";
import { Table } from "../../ui/table";

type Entry = Schemas["LedgerEntry"];

/** Shows the entries of the balance, newest first. */
export function Ledger() {
  const { t } = useTranslation("balance");
  const entries = useList(["balance", "ledger"], (cursor, signal) =>
    client.page("/balance/ledger", { params: { query: { cursor } }, signal }),
  );
  return (
    <List
      list={entries}
      lines={4}
      empty={
        <Empty title={t("ledgerEmpty")}>
          <p>{t("ledgerEmptyAdvice")}</p>
        </Empty>
      }
    >
      {(rows) => (
        <Table
          caption={t("ledger")}
          rows={rows}
          id={(entry) => String(entry.number)}
          columns={[
            { id: "type", heading: t("type"), cell: (entry) => <Kind entry={entry} /> },
            {
              id: "amount",
              heading: t("amount"),
              numeric: true,
              cell: (entry) => (
                <span className={entry.type === "charge" ? "plus" : undefined}>
                  {entry.type === "charge" ? "+" : "−"}
                  {money(entry.amount)}
                </span>
              ),
            },
            { id: "after", heading: t("after"), numeric: true, cell: (entry) => money(entry.balance_after) },
            { id: "for", heading: t("for"), cell: (entry) => <Purchase of={entry} /> },
            { id: "time", heading: t("time"), cell: (entry) => <span className="when">{dateTime(entry.created_at)}</span> },
          ]}
        />
      )}
    </List>
  );
}

function Kind({ entry }: { entry: Entry }) {
  const { t } = useTranslation("balance");
  return <>{entry.type === "charge" && entry.reference ? t("types.provider") : t(`types.${entry.type}`)}</>;
}

/** Links to what was paid. */
export function Purchase({ of }: { of: { order_id?: string | null; reservation_id?: string | null } }) {
  const { t } = useTranslation("balance");
  if (of.order_id) return <Link href={`/orders/${encodeURIComponent(of.order_id)}`}>{t("order")}</Link>;
  if (of.reservation_id) return <Link href={`/reservations/${encodeURIComponent(of.reservation_id)}`}>{t("seats")}</Link>;
  return <>–</>;
}
