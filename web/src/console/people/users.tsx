import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { List, useList } from "../../ui/list";
import { Empty, Page, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { AccountBadge, useRoleNames } from "./badges";
import { FindUser } from "./find_user";
import "./people.css";

/** Finds a user, and lists all users for administrators. */
export default function Users() {
  const { t } = useTranslation("people");
  const admin = hasRole(useAccount());
  return (
    <Page title={t("users.title")}>
      <FindUser />
      {admin ? (
        <AllUsers />
      ) : (
        <Empty title={t("users.byId")}>
          <p>{t("users.byIdAdvice")}</p>
        </Empty>
      )}
    </Page>
  );
}

function AllUsers() {
  const { t } = useTranslation("people");
  const names = useRoleNames();
  const list = useList<Schemas["User"]>(["users"], (cursor, signal) =>
    client.page("/auth/users", { params: { query: { limit: 50, cursor } }, signal }),
  );
  return (
    <Section title={t("users.all")}>
      <p className="muted">{t("users.allAdvice")}</p>
      <List list={list} lines={10} empty={<Empty title={t("users.none")} />}>
        {(rows) => (
          <Table
            caption={t("users.all")}
            rows={rows}
            id={(row) => String(row.id)}
            columns={[
              {
                id: "name",
                heading: t("account.name"),
                cell: (row) => <Link href={`/users/${encodeURIComponent(row.id)}`}>{row.name ?? String(row.id)}</Link>,
              },
              { id: "email", heading: t("account.email"), cell: (row) => row.email ?? "–" },
              { id: "roles", heading: t("account.roles"), cell: (row) => names(row.roles) },
              { id: "status", heading: t("account.status"), cell: (row) => <AccountBadge status={row.status} /> },
              { id: "created", heading: t("account.created"), cell: (row) => dateTime(row.created_at) },
              {
                id: "seen",
                heading: t("account.lastSignIn"),
                cell: (row) => (row.last_login_at ? dateTime(row.last_login_at) : t("account.never")),
              },
            ]}
          />
        )}
      </List>
    </Section>
  );
}
