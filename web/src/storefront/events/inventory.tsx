import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count, dateTime } from "../../app/format";
import { useNow } from "../../app/use_now";
import { LinkButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy_button";
import { Failure } from "../../ui/error";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Page, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { EventName } from "./event_name";
import { useContentText } from "./reward_text";
import "./events.css";

/** Shows what was granted to the user: points with their ledger, items, coupons and badges. */
export default function Inventory() {
  const { t } = useTranslation("events");
  return (
    <Page
      title={t("inventory.title")}
      actions={
        <LinkButton look="secondary" small href="/requests">
          {t("requests.title")}
        </LinkButton>
      }
    >
      <Points />
      <Section title={t("inventory.things")}>
        <Things />
      </Section>
      <Section title={t("ledger.title")}>
        <Ledger />
      </Section>
    </Page>
  );
}

function Points() {
  const { t } = useTranslation("events");
  const points = useQuery({
    queryKey: ["inventory", "points"],
    queryFn: async ({ signal }) => {
      const { meta } = await client.page("/inventory", { params: { query: { limit: 1 } }, signal });
      return meta.points;
    },
  });
  return (
    <>
      <Failure error={points.error} retry={() => void points.refetch()} />
      <p className="points">
        <span className="muted">{t("inventory.points")}</span>{" "}
        <span className="big live number">{points.data === undefined ? "–" : count(points.data)}</span>
      </p>
    </>
  );
}

function Things() {
  const { t } = useTranslation("events");
  const list = useList(["inventory", "things"], (cursor, signal) =>
    client.page("/inventory", { params: { query: { limit: 24, cursor } }, signal }),
  );
  return (
    <List
      list={list}
      empty={
        <Empty title={t("inventory.none")}>
          <p>{t("inventory.noneAdvice")}</p>
          <LinkButton href="/events">{t("event.all")}</LinkButton>
        </Empty>
      }
    >
      {(rows) => (
        <div className="cards">
          {rows.map((entry) => (
            <Thing key={entry.grant_id} entry={entry} />
          ))}
        </div>
      )}
    </List>
  );
}

function Thing({ entry }: { entry: Schemas["InventoryEntry"] }) {
  const { t } = useTranslation("events");
  const content = useContentText();
  const now = useNow(60_000);
  const expired = entry.expires_at != null && now >= Date.parse(entry.expires_at);
  return (
    <article className="card thing">
      <h3>
        {content(entry)} {expired && <Badge tone="warn">{t("inventory.expired")}</Badge>}
      </h3>
      {entry.coupon_code && (
        <p className="row">
          <code className="code">{entry.coupon_code}</code>
          <CopyButton text={entry.coupon_code} label={t("inventory.copy", { code: entry.coupon_code })} />
        </p>
      )}
      <small className="muted">
        {t("inventory.granted", { time: dateTime(entry.granted_at) })}
        {entry.expires_at && !expired && <> · {t("inventory.until", { time: dateTime(entry.expires_at) })}</>}
      </small>
    </article>
  );
}

function Ledger() {
  const { t } = useTranslation("events");
  const list = useList(["inventory", "ledger"], (cursor, signal) =>
    client.page("/points/ledger", { params: { query: { limit: 20, cursor } }, signal }),
  );
  return (
    <List list={list} empty={<Empty title={t("ledger.none")} />}>
      {(rows) => (
        <Table
          caption={t("ledger.title")}
          rows={rows}
          id={(entry) => entry.grant_id}
          columns={[
            { id: "time", heading: t("ledger.time"), cell: (entry) => dateTime(entry.granted_at) },
            { id: "event", heading: t("ledger.event"), cell: (entry) => <EventName id={String(entry.event_id)} /> },
            { id: "points", heading: t("ledger.points"), numeric: true, cell: (entry) => `+${count(entry.points)}` },
            { id: "after", heading: t("ledger.after"), numeric: true, cell: (entry) => count(entry.balance_after) },
          ]}
        />
      )}
    </List>
  );
}
