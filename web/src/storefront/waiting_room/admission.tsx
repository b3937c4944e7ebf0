import { queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import type { Admission } from "dibs-client/queue";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { client } from "../../app/client";
import { queryClient } from "../../app/query";
import { duration } from "../../app/format";
import { useNow } from "../../app/use_now";
import { Failure } from "../../ui/error";
import { Loading } from "../../ui/page";
import { roomPath } from "./room_path";

export interface Admitted {
  /** Queue token for guarded calls, which `client.queueTokens` has, too. */
  token: string;
  /** Time at which the admission ends; absent if it has none. */
  expiresAt?: string | undefined;
}

const key = (queueId: string) => ["queues", queueId, "admission"];

/** Reads whether a queue admits the user at present. The token need not be stored: the queue knows its users. */
export const admission = (queueId: string) =>
  queryOptions({
    queryKey: key(queueId),
    queryFn: async ({ signal }): Promise<Admitted | null> => {
      try {
        const path = { queue_id: queueId };
        const own = await client.get("/queues/{queue_id}/tokens/me", { params: { path }, signal });
        if (own.status !== "active") return null;
        client.queueTokens.set(queueId, own.token);
        return { token: own.token, expiresAt: own.expires_at ?? undefined };
      } catch (error) {
        if (error instanceof ApiError && error.code === "NOT_IN_QUEUE") return null;
        throw error;
      }
    },
    // What was known an hour ago may have ended, and a token that is refused says so by itself.
    refetchOnMount: "always",
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Notes that a queue has just admitted the user, so that the guarded page opens without asking again. */
export function admit(queueId: string, { token, expiresAt }: Admission) {
  const admitted: Admitted = { token, expiresAt: expiresAt ?? undefined };
  queryClient.setQueryData(key(queueId), admitted);
}

/** Reads the admission again, after a guarded call was refused for its queue token. */
export const forgetAdmission = (queueId: string | number) =>
  queryClient.invalidateQueries({ queryKey: key(String(queueId)) });

/** Returns whether a guarded call was refused since the user is not, or no longer, admitted. */
export const isNotAdmitted = (error: unknown) => error instanceof ApiError && error.code.startsWith("QUEUE_TOKEN_");

/**
 * Renders its children for whoever the queue has admitted, and leads others to the waiting room, which returns here.
 * A page without a queue is open.
 */
export function Guarded({ queueId, children }: {
  queueId: string | number | null | undefined;
  children: (admitted: Admitted | undefined) => ReactNode;
}) {
  if (queueId == null) return children(undefined);
  return <Guard queueId={String(queueId)}>{children}</Guard>;
}

function Guard({ queueId, children }: { queueId: string; children: (admitted: Admitted) => ReactNode }) {
  const [, navigate] = useLocation();
  const { data, error, isFetching, refetch } = useQuery(admission(queueId));
  const refused = data === null && !isFetching;
  useEffect(() => {
    if (refused) navigate(roomPath(queueId, location.pathname + location.search), { replace: true });
  }, [refused, queueId, navigate]);
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={8} />;
  return (
    <>
      {data.expiresAt !== undefined && <VisitEnd until={data.expiresAt} onEnd={() => void refetch()} />}
      {children(data)}
    </>
  );
}

/** Says how long the visit may last, and leaves for the waiting room at its end. */
function VisitEnd({ until, onEnd }: { until: string; onEnd: () => void }) {
  const { t } = useTranslation("waitingRoom");
  const left = Date.parse(until) - useNow();
  const over = left <= 0;
  useEffect(() => {
    if (over) onEnd();
  }, [over, onEnd]);
  return (
    <p className={`visit notice ${left < 60_000 ? "warn" : "good"}`}>
      {t("visit")} <span className="live">{duration(left)}</span>
    </p>
  );
}
