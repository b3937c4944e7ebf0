import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "wouter";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { LinkButton } from "../../ui/button";
import { Select } from "../../ui/field";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { Table } from "../../ui/table";
import { useSentences } from "./condition/sentence";
import { type EventDetail, STATUSES } from "./event_draft";
import { EventStatusBadge } from "./parts";

/** Lists events of every status. */
export default function Events() {
  const { t } = useTranslation("rewards");
  const { ofCondition } = useSentences();
  const writes = hasRole(useAccount(), "OPERATOR");
  const [search, setSearch] = useSearchParams();
  const status = STATUSES.find((name) => name === search.get("status"));
  const list = useList<EventDetail>(["events", { status }], (cursor, signal) =>
    client.page("/events", { params: { query: { status, cursor, limit: 50 } }, signal }),
  );
  const newEvent = <LinkButton href="/events/new">{t("events.new")}</LinkButton>;
  return (
    <Page title={t("events.title")} actions={writes && newEvent}>
      <form className="inline-form" onSubmit={(event) => event.preventDefault()}>
        <Select
          label={t("events.status")}
          value={status ?? ""}
          onChange={(event) => setSearch(event.target.value ? { status: event.target.value } : {})}
        >
          <option value="">{t("events.every")}</option>
          {STATUSES.map((name) => (
            <option key={name} value={name}>
              {t(`status.${name}`)}
            </option>
          ))}
        </Select>
      </form>
      <List
        list={list}
        empty={
          <Empty title={status ? t("events.noneWith") : t("events.none")}>
            <p>{status ? t("events.noneWithAdvice") : t("events.noneAdvice")}</p>
            {writes && !status && newEvent}
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("events.title")}
            rows={rows}
            id={(row) => String(row.id)}
            columns={[
              { id: "name", heading: t("events.name"), cell: (row) => <Link href={`/events/${row.id}`}>{row.name}</Link> },
              { id: "status", heading: t("events.status"), cell: (row) => <EventStatusBadge status={row.status} /> },
              {
                id: "period",
                heading: t("events.period"),
                cell: (row) => `${dateTime(row.starts_at)} – ${dateTime(row.ends_at)}`,
              },
              { id: "condition", heading: t("events.condition"), cell: (row) => ofCondition(row.condition) },
              { id: "review", heading: t("events.review"), cell: (row) => t(`review.${row.review}`) },
            ]}
          />
        )}
      </List>
    </Page>
  );
}
