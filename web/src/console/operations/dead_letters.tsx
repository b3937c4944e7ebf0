import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count, dateTime } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Badge, Loading, Notice, Page } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { type DeadLetterQueue, listDeadLetters, type Redrive, redriveDeadLetters } from "./dead_letters_api";
import "./operations.css";

const QUEUES = [
  "grants",
  "activities",
  "reservations",
  "rooms",
  "holds",
  "orders",
  "outbox",
  "mails",
  "notification-events",
  "webhook-events",
  "webhook-deliveries",
  "live-updates",
  "streams",
] as const;

const RUNNING_MS = 2000;
const IDLE_MS = 15_000;

/** Lists the queues with their dead letters, says what these mean, and gives them back to their queue. */
export default function DeadLetters() {
  const { t } = useTranslation("operations");
  const may = hasRole(useAccount());
  const found = useQuery({
    queryKey: ["dead-letters"],
    queryFn: ({ signal }) => listDeadLetters(signal),
    refetchInterval: (query) => (query.state.data?.some(({ redrive }) => redrive?.status === "running") ? RUNNING_MS : IDLE_MS),
    enabled: may,
  });
  if (!may)
    return (
      <Page title={t("dead.title")}>
        <Notice tone="warn">{t("dead.forbidden")}</Notice>
      </Page>
    );
  // What waits comes first, otherwise the order of the API.
  const queues = found.data && [...found.data].sort((a, b) => Number(b.waiting > 0) - Number(a.waiting > 0));
  return (
    <Page title={t("dead.title")}>
      <p>{t("dead.advice")}</p>
      <p className="muted">{t("dead.runbook")}</p>
      <Failure error={found.error} retry={() => void found.refetch()} />
      {queues ? (
        <>
          {queues.every(({ waiting }) => waiting === 0) && <Notice tone="good">{t("dead.none")}</Notice>}
          <div className="columns">
            {queues.map((entry) => (
              <QueueCard key={entry.queue} entry={entry} />
            ))}
          </div>
        </>
      ) : (
        !found.error && <Loading lines={18} />
      )}
    </Page>
  );
}

function QueueCard({ entry }: { entry: DeadLetterQueue }) {
  const { t } = useTranslation("operations");
  const toast = useToast();
  const cache = useQueryClient();
  const { queue, waiting, redrive } = entry;
  const known = QUEUES.find((name) => name === queue);
  const start = useMutation({
    mutationFn: () => redriveDeadLetters(queue),
    onSuccess: (started) => {
      cache.setQueryData<DeadLetterQueue[]>(["dead-letters"], (old) => old?.map((other) => (other.queue === queue ? started : other)));
      toast(t("dead.started", { queue }));
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  const running = redrive?.status === "running";
  const isRunning = start.error instanceof ApiError && (start.error.code as string) === "REDRIVE_RUNNING";
  return (
    <article className="card operations-queue">
      <header>
        <h2>{queue}</h2>
        <Badge tone={waiting > 0 ? "bad" : "neutral"}>{t("dead.waiting", { count: waiting, number: count(waiting) })}</Badge>
      </header>
      {known && (
        <>
          <p>{t(`dead.does.${known}`)}</p>
          {waiting > 0 ? (
            <>
              <p>
                <strong>{t("dead.meansTitle")}</strong> {t(`dead.means.${known}`)}
              </p>
              <p>
                <strong>{t("dead.adviceTitle")}</strong> {t(`dead.todo.${known}`)}
              </p>
            </>
          ) : (
            <details>
              <summary>
                {t("dead.more")}
                <span className="hidden"> {queue}</span>
              </summary>
              <p>{t(`dead.means.${known}`)}</p>
              <p>{t(`dead.todo.${known}`)}</p>
            </details>
          )}
        </>
      )}
      {redrive && <RedriveState redrive={redrive} />}
      {isRunning ? <Notice tone="warn">{t("dead.runs")}</Notice> : <Failure error={start.error} retry={() => start.mutate()} />}
      {waiting > 0 && queue !== "streams" && (
        <ConfirmButton
          look="primary"
          busy={start.isPending}
          disabled={running}
          question={t("dead.question", { count: waiting, number: count(waiting), queue })}
          confirm={t("dead.redrive")}
          onConfirm={() => start.mutate()}
        >
          {t("dead.redrive")}
          <span className="hidden"> {queue}</span>
        </ConfirmButton>
      )}
    </article>
  );
}

/** Shows how far a redrive is, or how it ended. */
function RedriveState({ redrive: { status, moved, total, started_at, reason } }: { redrive: Redrive }) {
  const { t } = useTranslation("operations");
  const since = dateTime(started_at);
  if (status === "running")
    return (
      <label>
        <span className="number">
          {total === null ? t("dead.moving", { moved: count(moved) }) : t("dead.movingOf", { moved: count(moved), total: count(total) })}
        </span>
        <progress {...(total ? { value: Math.min(moved, total), max: total } : {})} />
      </label>
    );
  // What ended long ago says nothing about the dead letters of now.
  if (Date.parse(started_at) < client.now() - 24 * 3_600_000) return null;
  return status === "completed" ? (
    <Notice tone="good">{t("dead.completed", { count: moved, moved: count(moved), time: since })}</Notice>
  ) : (
    <Notice tone="bad" title={t("dead.failed", { moved: count(moved), time: since })}>
      {reason && <p>{reason}</p>}
      <p>{t("dead.failedAdvice")}</p>
    </Notice>
  );
}
