import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { day } from "../../app/format";
import { LinkButton } from "../../ui/button";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Page } from "../../ui/page";
import { PriceRange } from "./price_range";
import { firstDateQuery } from "./queries";
import "./concerts.css";

/** Lists the concerts, the newest first. */
export default function Concerts() {
  const { t } = useTranslation("concerts");
  const list = useList(["concerts"], (cursor, signal) =>
    client.page("/concerts", { params: { query: { cursor } }, signal }),
  );
  const empty = (
    <Empty title={t("list.empty")}>
      <p>{t("list.emptyAdvice")}</p>
      <LinkButton href="/deals">{t("list.toDeals")}</LinkButton>
    </Empty>
  );
  return (
    <Page title={t("list.title")}>
      <List list={list} empty={empty}>
        {(concerts) => (
          <ul className="cards concert-cards">
            {concerts.map((concert) => (
              <li key={concert.id}>
                <ConcertCard concert={concert} />
              </li>
            ))}
          </ul>
        )}
      </List>
    </Page>
  );
}

function ConcertCard({ concert }: { concert: Schemas["Concert"] }) {
  const { t } = useTranslation("concerts");
  const first = useQuery(firstDateQuery(String(concert.id)));
  return (
    <article className="card concert-card">
      <h2>
        <Link href={`/concerts/${concert.id}`}>{concert.name}</Link>
      </h2>
      {concert.description && <p>{concert.description}</p>}
      <p className="concert-first">
        {first.data && (
          <>
            {t("list.from", { date: day(first.data.date) })}
            <br />
            <PriceRange min={first.data.price_min} max={first.data.price_max} />
          </>
        )}
        {first.data === null && t("list.noDates")}
      </p>
      {concert.queue_id != null && <Badge tone="info">{t("guarded")}</Badge>}
    </article>
  );
}
