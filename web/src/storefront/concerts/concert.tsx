import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count, day, money } from "../../app/format";
import { isMissing } from "../../app/query";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { List, useList } from "../../ui/list";
import { NotFound } from "../../ui/not_found";
import { Empty, Loading, Notice, Page, Section } from "../../ui/page";
import { PriceRange } from "./price_range";
import { concertQuery } from "./queries";
import "./concerts.css";

/** Shows a concert and the dates that can still be reserved. */
export default function Concert({ id }: { id: string }) {
  const { t } = useTranslation("concerts");
  const concert = useQuery(concertQuery(id));
  const dates = useList(["concerts", id, "dates"], (cursor, signal) =>
    client.page("/concerts/{concert_id}/dates", { params: { path: { concert_id: id }, query: { cursor } }, signal }),
  );
  if (isMissing(concert.error)) return <NotFound />;
  const empty = (
    <Empty title={t("dates.empty")}>
      <p>{t("dates.emptyAdvice")}</p>
      <LinkButton href="/concerts">{t("toConcerts")}</LinkButton>
    </Empty>
  );
  return (
    <Page title={concert.data?.name ?? t("list.title")}>
      <Failure error={concert.error} retry={() => void concert.refetch()} />
      {!concert.data && !concert.error && <Loading lines={1} />}
      {concert.data?.description && <p>{concert.data.description}</p>}
      {concert.data?.queue_id != null && (
        <Notice tone="info" title={t("dates.guarded")}>
          {t("dates.guardedText")}
        </Notice>
      )}
      <Section title={t("dates.title")}>
        <List list={dates} empty={empty}>
          {(rows) => (
            <ul className="cards concert-cards">
              {rows.map((date) => (
                <li key={date.date}>
                  <DateCard id={id} date={date} />
                </li>
              ))}
            </ul>
          )}
        </List>
      </Section>
    </Page>
  );
}

function DateCard({ id, date }: { id: string; date: Schemas["ConcertDate"] }) {
  const { t } = useTranslation("concerts");
  const named = date.sections.filter(({ name }) => name != null);
  return (
    <article className="card concert-card">
      <h3>{day(date.date)}</h3>
      <p>
        <PriceRange min={date.price_min} max={date.price_max} />
        <br />
        <span className="muted">{t("dates.seats", { count: date.seats, number: count(date.seats) })}</span>
      </p>
      {named.length > 1 && named.length <= 8 && (
        <ul className="concert-sections muted">
          {named.map(({ name, price }) => (
            <li key={name}>
              {t("section", { section: name })} <span className="number">{money(price)}</span>
            </li>
          ))}
        </ul>
      )}
      <LinkButton href={`/concerts/${id}/${date.date}`}>
        {t("dates.choose")}
        <span className="hidden">: {day(date.date)}</span>
      </LinkButton>
    </article>
  );
}
