import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { percent } from "../../app/format";
import { useAccount } from "../../app/session";
import { useNow } from "../../app/use_now";
import { LinkButton } from "../../ui/button";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Page } from "../../ui/page";
import { TimeLeft } from "../../ui/time_left";
import { useConditionText } from "./condition";
import { asksOutside, missing, share } from "./evaluation";
import { evaluationQuery } from "./queries";
import { mayClaim } from "./may_claim";
import "./events.css";

type Event = Schemas["Event"];

/** Lists the events that run, each with how far the user has come. */
export default function Events() {
  const { t } = useTranslation("events");
  const events = useList(["events", "active"], (cursor, signal) =>
    client.page("/events", { params: { query: { status: "active", limit: 12, cursor } }, signal }),
  );
  return (
    <Page
      title={t("title")}
      actions={
        <>
          <LinkButton look="secondary" small href="/requests">
            {t("requests.title")}
          </LinkButton>
          <LinkButton look="secondary" small href="/inventory">
            {t("inventory.title")}
          </LinkButton>
        </>
      }
    >
      <List list={events} lines={9} empty={<Empty title={t("none")}>{t("noneAdvice")}</Empty>}>
        {(rows) => (
          <div className="cards">
            {rows.map((event) => (
              <EventCard key={event.id} event={event} />
            ))}
          </div>
        )}
      </List>
    </Page>
  );
}

function EventCard({ event }: { event: Event }) {
  const { t } = useTranslation("events");
  const now = useNow(10_000);
  const begins = now < Date.parse(event.starts_at);
  return (
    <article className="card event-card">
      <h2>
        <Link href={`/events/${event.id}`}>{event.name}</Link>
      </h2>
      {event.description && <p>{event.description}</p>}
      <Progress event={event} />
      <p className="event-card-foot">
        <small className="muted">
          {t(begins ? "begins" : "ends")} <TimeLeft until={begins ? event.starts_at : event.ends_at} />
        </small>
        {event.review === "manual" && <Badge>{t("reviewed")}</Badge>}
        {event.queue_id != null && <Badge tone="info">{t("queued")}</Badge>}
      </p>
    </article>
  );
}

/** Shows how far the user has come, and what comes next. */
function Progress({ event }: { event: Event }) {
  const { t } = useTranslation("events");
  const text = useConditionText();
  const account = useAccount();
  // An outside service is asked on the page of the event only, since it may be asked some times a minute.
  const outside = asksOutside(event.condition);
  const { data } = useQuery({ ...evaluationQuery(String(event.id)), enabled: mayClaim(account) && !outside });
  const node = data?.condition;
  const reached = node ? share(node) : 0;
  const next = node && missing(node)[0];
  return (
    <div className="event-progress">
      <progress value={reached} max={1} aria-label={t("progress", { event: event.name })} />
      <small className={node?.passed ? "met" : "muted"}>
        {node?.passed ? t("met") : next ? `${percent(reached)} · ${text(next)}` : t(outside ? "outside" : "toCheck")}
      </small>
    </div>
  );
}
