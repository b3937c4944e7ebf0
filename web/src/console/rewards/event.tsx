import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { isMissing } from "../../app/query";
import { hasRole, useAccount } from "../../app/session";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Fact, Facts, Loading, Notice, Page, Section } from "../../ui/page";
import { useSentences } from "./condition/sentence";
import { DryRun } from "./dry_run";
import { EventDelete } from "./event_delete";
import type { EventDetail } from "./event_draft";
import { EventEdit } from "./event_edit";
import { EventStatusSection } from "./event_status";
import { Offers } from "./offers";
import "./rewards.css";

/** Shows an event with its rewards, to change it and to try its conditions. */
export default function Event({ id }: { id: string }) {
  const { t } = useTranslation("rewards");
  const account = useAccount();
  const writes = hasRole(account, "OPERATOR");
  const [editing, setEditing] = useState(false);
  const event = useQuery({
    queryKey: ["events", id],
    queryFn: ({ signal }) => client.get("/events/{event_id}", { params: { path: { event_id: id } }, signal }),
  });
  if (isMissing(event.error))
    return (
      <Page title={t("event.missing")}>
        <p>{t("event.missingAdvice", { id })}</p>
        <LinkButton href="/events">{t("event.toList")}</LinkButton>
      </Page>
    );
  const found = event.data;
  return (
    <Page
      title={found?.name ?? t("event.title")}
      actions={
        <>
          <LinkButton look="secondary" href={`/dashboards/events?event=${id}`}>
            {t("event.figures")}
          </LinkButton>
          <LinkButton look="secondary" href={`/requests?status=all&event_id=${id}`}>
            {t("event.requests")}
          </LinkButton>
        </>
      }
    >
      <Failure error={event.error} retry={() => void event.refetch()} />
      {!found && !event.error && <Loading lines={12} />}
      {found && (
        <>
          {!writes && (
            <Notice>
              <p>{t("readOnly.advice")}</p>
            </Notice>
          )}
          <EventStatusSection event={found} writes={writes} />
          <Section
            title={t("event.details")}
            actions={
              writes &&
              !editing && (
                <Button look="secondary" onClick={() => setEditing(true)}>
                  {t("event.edit")}
                </Button>
              )
            }
          >
            {editing ? <EventEdit event={found} onDone={() => setEditing(false)} /> : <EventFacts event={found} />}
          </Section>
          <Offers event={found} writes={writes} />
          {writes && <DryRun eventId={id} />}
          {hasRole(account) && <EventDelete event={found} />}
        </>
      )}
    </Page>
  );
}

function EventFacts({ event }: { event: EventDetail }) {
  const { t } = useTranslation("rewards");
  const { ofCondition } = useSentences();
  return (
    <>
      <Facts>
        <Fact name={t("form.startsAt")}>{dateTime(event.starts_at)}</Fact>
        <Fact name={t("form.endsAt")}>{dateTime(event.ends_at)}</Fact>
        <Fact name={t("form.timeZone")}>{event.time_zone}</Fact>
        <Fact name={t("form.review")}>{t(`review.${event.review}`)}</Fact>
        <Fact name={t("form.queue")}>
          {event.queue_id == null ? t("form.noQueue") : <Link href={`/queues/${event.queue_id}`}>{event.queue_id}</Link>}
        </Fact>
        <Fact name={t("event.created")}>
          {dateTime(event.created_at)}, {event.created_by}
        </Fact>
        <Fact name={t("event.id")}>
          <code>{event.id}</code>
        </Fact>
      </Facts>
      <dl className="wide-facts">
        {event.description && (
          <>
            <dt>{t("form.description")}</dt>
            <dd>{event.description}</dd>
          </>
        )}
        <dt>{t("form.condition")}</dt>
        <dd>{ofCondition(event.condition)}</dd>
      </dl>
    </>
  );
}
