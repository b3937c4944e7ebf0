import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { Button } from "../../ui/button";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { Table } from "../../ui/table";
import { NewReward } from "./new_reward";
import { useContent } from "./parts";
import "./rewards.css";

/** Lists the rewards that can be attached to events. */
export default function Rewards() {
  const { t } = useTranslation("rewards");
  const content = useContent();
  const writes = hasRole(useAccount(), "OPERATOR");
  const [creating, setCreating] = useState(false);
  const list = useList<Schemas["Reward"]>(["rewards"], (cursor, signal) =>
    client.page("/rewards", { params: { query: { cursor, limit: 100 } }, signal }),
  );
  return (
    <Page
      title={t("rewards.title")}
      actions={writes && <Button onClick={() => setCreating(true)}>{t("rewards.new")}</Button>}
    >
      <List
        list={list}
        empty={
          <Empty title={t("rewards.none")}>
            <p>{t("rewards.noneAdvice")}</p>
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("rewards.title")}
            rows={rows}
            id={(row) => String(row.id)}
            columns={[
              {
                id: "name",
                heading: t("rewards.name"),
                cell: (row) => <Link href={`/rewards/${row.id}`}>{row.name}</Link>,
              },
              { id: "type", heading: t("rewards.type"), cell: (row) => t(`kind.${row.type}`) },
              { id: "gives", heading: t("rewards.gives"), cell: content },
              { id: "fulfilment", heading: t("rewards.fulfilment"), cell: (row) => t(`fulfilment.${row.fulfilment}`) },
              {
                id: "expires",
                heading: t("rewards.expires"),
                cell: (row) => (row.expires_at ? dateTime(row.expires_at) : t("rewards.never")),
              },
              { id: "created", heading: t("rewards.created"), cell: (row) => dateTime(row.created_at) },
            ]}
          />
        )}
      </List>
      {creating && <NewReward onClose={() => setCreating(false)} />}
    </Page>
  );
}
