import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { dateTime } from "../../app/format";
import { isMissing } from "../../app/query";
import { useAccount } from "../../app/session";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Badge, Empty, Fact, Facts, Loading, Notice, Page, Section } from "../../ui/page";
import { TimeLeft } from "../../ui/time_left";
import { ConditionTree } from "./condition";
import { mayClaim } from "./may_claim";
import { eventQuery, evaluationQuery } from "./queries";
import { Rewards } from "./rewards";
import "./events.css";

/** Shows an event: what its condition asks and what is reached, and its rewards to claim. */
export default function EventPage({ id }: { id: string }) {
  const { t } = useTranslation("events");
  const event = useQuery(eventQuery(id));
  const title = event.data?.name ?? t("event.title");
  return (
    <Page
      title={title}
      actions={
        <LinkButton look="secondary" small href="/events">
          {t("event.all")}
        </LinkButton>
      }
    >
      {isMissing(event.error) ? (
        <Empty title={t("event.gone")}>
          <p>{t("event.goneAdvice")}</p>
          <Link href="/requests">{t("requests.title")}</Link>
        </Empty>
      ) : (
        <Failure error={event.error} retry={() => void event.refetch()} />
      )}
      {event.data ? <Shown event={event.data} /> : !event.error && <Loading lines={12} />}
    </Page>
  );
}

function Shown({ event }: { event: Schemas["Event"] }) {
  const { t } = useTranslation("events");
  const account = useAccount();
  return (
    <>
      {event.description && <p>{event.description}</p>}
      <Facts>
        <Fact name={t("event.period")}>
          {dateTime(event.starts_at)} – {dateTime(event.ends_at)}
        </Fact>
        <Fact name={t("event.timeLeft")}>
          {event.status === "active" ? <TimeLeft until={event.ends_at} /> : <Badge>{t(`status.${event.status}`)}</Badge>}
        </Fact>
        <Fact name={t("event.how")}>{t(event.review === "manual" ? "event.manual" : "event.auto")}</Fact>
      </Facts>
      {mayClaim(account) ? (
        <>
          <Condition event={event} />
          <Rewards event={event} account={account} />
        </>
      ) : (
        <Notice>{t("event.staff")}</Notice>
      )}
    </>
  );
}

function Condition({ event }: { event: Schemas["Event"] }) {
  const { t } = useTranslation("events");
  const evaluation = useQuery(evaluationQuery(String(event.id)));
  const node = evaluation.data?.condition;
  return (
    <Section
      title={t("condition.title")}
      actions={
        <Button small look="secondary" busy={evaluation.isFetching} onClick={() => void evaluation.refetch()}>
          {t("condition.refresh")}
        </Button>
      }
    >
      <Failure error={evaluation.error} retry={() => void evaluation.refetch()} />
      {node ? (
        <>
          <p role="status">
            <Badge tone={node.passed ? "good" : node.passed === null ? "warn" : "neutral"}>
              {t(node.passed ? "met" : node.passed === null ? "state.unknown" : "condition.open")}
            </Badge>
          </p>
          <ConditionTree node={node} />
          <p className="muted">
            <small>{t("condition.days_note", { zone: event.time_zone })}</small>
          </p>
        </>
      ) : (
        !evaluation.error && <Loading lines={4} />
      )}
    </Section>
  );
}
