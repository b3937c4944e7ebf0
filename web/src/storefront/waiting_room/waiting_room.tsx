import { useMutation, useQuery } from "@tanstack/react-query";
import { leaveQueue } from "dibs-client/queue";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearch } from "wouter";
import { client } from "../../app/client";
import { isMissing } from "../../app/query";
import { Button, ConfirmButton, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { NotFound } from "../../ui/not_found";
import { Empty, Loading, Notice, Page, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { safeNext } from "../account/next";
import { admit } from "./admission";
import { callAttention, notify } from "./attention";
import { NotifyButton } from "./notify_button";
import { Place } from "./place";
import { useWaiting } from "./use_waiting";
import "./waiting_room.css";

/** How often a closed queue is read, to join once it opens. */
const CLOSED_MS = 10_000;

/** Waits in a queue, and returns to the page that the queue guards once the user is let in. */
export default function WaitingRoom({ id }: { id: string }) {
  const { t } = useTranslation("waitingRoom");
  const next = safeNext(new URLSearchParams(useSearch()).get("next"), location.origin);
  const { waiting, join, left } = useWaiting(id);
  const { phase } = waiting;
  const [, navigate] = useLocation();
  const toast = useToast();

  const room = useQuery({
    queryKey: ["queues", id],
    queryFn: ({ signal }) => client.get("/queues/{queue_id}", { params: { path: { queue_id: id } }, signal }),
    refetchInterval: phase === "closed" ? CLOSED_MS : false,
  });
  const name = room.data?.name;
  const open = room.data !== undefined && room.data.status !== "closed";
  useEffect(() => {
    if (phase === "closed" && open) join();
  }, [phase, open, join]);

  useEffect(() => {
    if (waiting.phase !== "admitted") return;
    notify(t("turn.title"), name ?? t("turn.text"), `dibs.${id}`);
    callAttention(t("turn.title"));
    admit(id, waiting.admission);
    if (next === undefined) return;
    // The place is taken up by the first guarded call, so the page goes on at once, also in a tab behind others.
    toast(t("turn.title"));
    navigate(next, { replace: true });
  }, [waiting, id, next, name, navigate, toast, t]);

  const leave = useMutation({ mutationFn: () => leaveQueue(client, id), onSuccess: left });

  if (isMissing(room.error)) return <NotFound />;
  const again = (
    <div className="actions">
      <Button onClick={join}>{t("joinAgain")}</Button>
      <LinkButton look="secondary" href="/concerts">
        {t("elsewhere")}
      </LinkButton>
    </div>
  );
  return (
    <Page title={name === undefined ? t("title") : t("titleOf", { name })}>
      <div className="waiting-room">
        {phase === "looking" && <Loading lines={5} />}
        {waiting.phase === "waiting" && (
          <>
            <Place queueId={id} state={waiting.state} />
            <Failure error={leave.error} />
            <div className="actions">
              <NotifyButton />
              <ConfirmButton
                look="secondary"
                question={t("leave.question")}
                confirm={t("leave.confirm")}
                busy={leave.isPending}
                onConfirm={() => leave.mutate()}
              >
                {t("leave.label")}
              </ConfirmButton>
            </div>
            <Section title={t("rules.title")}>
              <ul>
                <li>{next === undefined ? t("rules.turnHere") : t("rules.turn")}</li>
                <li>{t("rules.time")}</li>
                <li>{t("rules.place")}</li>
                <li>{t("rules.tab")}</li>
              </ul>
            </Section>
          </>
        )}
        {phase === "admitted" && (
          <Notice tone="good" title={t("turn.title")}>
            <p>{next === undefined ? t("turn.choose") : t("turn.text")}</p>
            <LinkButton href={next ?? "/concerts"}>{next === undefined ? t("elsewhere") : t("turn.go")}</LinkButton>
          </Notice>
        )}
        {(phase === "expired" || phase === "done" || phase === "left") && (
          <Empty title={t(`${phase}.title`)}>
            <p>{t(`${phase}.text`)}</p>
            {again}
          </Empty>
        )}
        {phase === "closed" && (
          <Empty title={t("closed.title")}>
            <p>{t("closed.text")}</p>
            {again}
          </Empty>
        )}
        {waiting.phase === "failed" && (
          <>
            <Failure error={waiting.error} />
            {again}
          </>
        )}
      </div>
    </Page>
  );
}
