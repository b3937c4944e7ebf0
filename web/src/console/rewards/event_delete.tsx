import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { client } from "../../app/client";
import { Button, ConfirmButton } from "../../ui/button";
import { Countdown } from "../../ui/countdown";
import { Failure } from "../../ui/error";
import { Notice, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import type { EventDetail } from "./event_draft";

/** Time until the second call, where the API does not say one. */
const WAIT_MS = 15_000;

/**
 * Deletes an event by two calls: the first one closes it, the second one, after the seconds that the API says, deletes
 * it unless a reward was requested meanwhile.
 */
export function EventDelete({ event }: { event: EventDetail }) {
  const { t } = useTranslation("rewards");
  const toast = useToast();
  const cache = useQueryClient();
  const [, navigate] = useLocation();
  // Time of the second call, by the server's clock.
  const [second, setSecond] = useState<number>();
  const remove = useMutation({
    mutationFn: async (): Promise<{ waitMs: number } | undefined> => {
      try {
        await client.delete("/events/{event_id}", { params: { path: { event_id: event.id } } });
        return undefined;
      } catch (error) {
        if (error instanceof ApiError && error.code === "EVENT_CLOSING")
          return { waitMs: error.retryAfterMs ?? WAIT_MS };
        // The answer to an earlier call was lost.
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }
    },
    onSuccess: async (closed) => {
      if (closed) {
        setSecond(client.now() + closed.waitMs);
        return;
      }
      setSecond(undefined);
      toast(t("eventDelete.done", { name: event.name }));
      navigate("/events");
      await cache.invalidateQueries({ queryKey: ["events"] });
    },
    onError: () => {
      setSecond(undefined);
      void cache.invalidateQueries({ queryKey: ["events"] });
    },
  });
  const callAgain = useEffectEvent(() => remove.mutate());
  useEffect(() => {
    if (second === undefined) return;
    const timer = setTimeout(() => callAgain(), Math.max(0, second - client.now()));
    return () => clearTimeout(timer);
  }, [second]);
  const hasRequests = remove.error instanceof ApiError && remove.error.code === "EVENT_HAS_CLAIMS";
  return (
    <Section title={t("eventDelete.title")}>
      {second !== undefined ? (
        <Notice tone="warn" title={t("eventDelete.closed")}>
          <p>
            {t("eventDelete.wait")} <Countdown until={new Date(second).toISOString()} />
          </p>
          <Button small look="secondary" disabled={remove.isPending} onClick={() => setSecond(undefined)}>
            {t("eventDelete.keep")}
          </Button>
        </Notice>
      ) : (
        <>
          <p className="muted">{t("eventDelete.advice")}</p>
          <Failure error={remove.error}>{hasRequests && <p>{t("eventDelete.hasRequests")}</p>}</Failure>
          <ConfirmButton
            busy={remove.isPending}
            question={t("eventDelete.question", { name: event.name })}
            onConfirm={() => remove.mutate()}
          >
            {t("eventDelete.action")}
          </ConfirmButton>
        </>
      )}
    </Section>
  );
}
