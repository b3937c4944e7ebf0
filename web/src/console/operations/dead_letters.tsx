import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { Button, ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Badge, Loading, Notice, Page } from "../../ui/page";
import { redrive, type RedriveProgress } from "./redrive";
import "./operations.css";

type DeadLetterQueue = Schemas["DeadLetterQueue"];

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

const EVERY_MS = 15_000;

/** Lists the queues with their dead letters, says what these mean, and gives them back to their queue. */
export default function DeadLetters() {
  const { t } = useTranslation("operations");
  const may = hasRole(useAccount());
  const found = useQuery({
    queryKey: ["dead-letters"],
    queryFn: ({ signal }) => client.get("/dead-letters", { signal }),
    refetchInterval: EVERY_MS,
    enabled: may,
  });
  if (!may)
    return (
      <Page title={t("dead.title")}>
        <Notice tone="warn">{t("dead.forbidden")}</Notice>
      </Page>
    );
  const queues = found.data;
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

function QueueCard({ entry: { queue, waiting } }: { entry: DeadLetterQueue }) {
  const { t } = useTranslation("operations");
  const known = QUEUES.find((name) => name === queue);
  return (
    <article className="card operations-queue">
      <header>
        <h2>{queue}</h2>
        <Badge tone={waiting > 0 ? "bad" : "neutral"}>{t("dead.waiting", { count: waiting, number: count(waiting) })}</Badge>
      </header>
      {known && (
        <>
          <p>{t(`dead.does.${known}`)}</p>
          {/* What dead letters mean is open where there are some. */}
          <details key={String(waiting > 0)} open={waiting > 0}>
            <summary>
              {t("dead.more")}
              <span className="hidden"> {queue}</span>
            </summary>
            <p>{t(`dead.means.${known}`)}</p>
            <p>
              <strong>{t("dead.adviceTitle")}</strong> {t(`dead.todo.${known}`)}
            </p>
          </details>
        </>
      )}
      <Redrive queue={queue} waiting={waiting} />
    </article>
  );
}

/** Sends the dead letters of a queue again, and shows how far that is. */
function Redrive({ queue, waiting }: DeadLetterQueue) {
  const { t } = useTranslation(["operations", "common"]);
  const cache = useQueryClient();
  const [progress, setProgress] = useState<RedriveProgress>();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const run = useMutation({
    mutationFn: () => {
      const { signal } = (abort.current = new AbortController());
      return redrive(queue, waiting, setProgress, signal);
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  if (run.isPending && progress) {
    const { moved, remaining } = progress;
    const total = moved + remaining;
    return (
      <>
        <label>
          <span className="number">{t("dead.movingOf", { moved: count(moved), total: count(total) })}</span>
          <progress {...(moved > 0 ? { value: moved, max: total } : {})} />
        </label>
        <Button small look="secondary" onClick={() => abort.current?.abort()}>
          {t("dead.stop")}
        </Button>
      </>
    );
  }
  return (
    <>
      {run.data && (
        <Notice tone={run.data.moved > 0 ? "good" : "warn"}>
          {run.data.moved > 0
            ? t("dead.completed", { count: run.data.moved, moved: count(run.data.moved) })
            : t("dead.nothingMoved")}
        </Notice>
      )}
      <Failure error={run.error}>
        <p>{t("dead.failedAdvice", { moved: count(progress?.moved ?? 0) })}</p>
      </Failure>
      {waiting > 0 && queue !== "streams" && (
        <ConfirmButton
          look="primary"
          question={t("dead.question", { count: waiting, number: count(waiting), queue })}
          confirm={t("dead.redrive")}
          onConfirm={() => run.mutate()}
        >
          {t("dead.redrive")}
          <span className="hidden"> {queue}</span>
        </ConfirmButton>
      )}
    </>
  );
}
