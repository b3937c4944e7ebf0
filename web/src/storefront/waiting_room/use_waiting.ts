import { ApiError } from "dibs-client";
import { type Admission, QueueEndedError, type QueueState, waitInQueue } from "dibs-client/queue";
import { useCallback, useEffect, useState } from "react";
import { client } from "../../app/client";

/** What the waiting room shows. */
export type Waiting =
  | { phase: "looking" }
  | { phase: "waiting"; state: QueueState }
  | { phase: "admitted"; admission: Admission }
  /** The admission is over: `expired` by the clock, `done` by the purchase. */
  | { phase: "expired" | "done" }
  /** The user gave the place up, here or in another tab. */
  | { phase: "left" }
  /** The queue takes no new users. */
  | { phase: "closed" }
  | { phase: "failed"; error: unknown };

const isCode = (error: unknown, code: string) => error instanceof ApiError && error.code === code;

/**
 * Finds the user's place in a queue, joins if there is none, and waits for the admission. The place is the queue's
 * knowledge, so that a reload or a second tab finds the same one. A place that has ended is left as it is, until the
 * user asks for a new one by `join`.
 */
export function useWaiting(queueId: string) {
  const [waiting, setWaiting] = useState<Waiting>({ phase: "looking" });
  const [attempt, setAttempt] = useState({ number: 0, join: false, stopped: false });

  useEffect(() => {
    if (attempt.stopped) return;
    const control = new AbortController();
    let seen = false;
    const wait = (join: boolean) =>
      waitInQueue(client, queueId, {
        signal: control.signal,
        join,
        onChange: (state) => {
          seen = true;
          if (!control.signal.aborted) setWaiting({ phase: "waiting", state });
        },
      });
    setWaiting({ phase: "looking" });
    wait(attempt.join)
      .catch((error) => {
        if (!attempt.join && !seen && isCode(error, "NOT_IN_QUEUE")) return wait(true);
        throw error;
      })
      .then((admission): Waiting => ({ phase: "admitted", admission }))
      .catch((error): Waiting => {
        if (error instanceof QueueEndedError) return { phase: error.status };
        if (isCode(error, "NOT_IN_QUEUE")) return { phase: "left" };
        if (isCode(error, "QUEUE_CLOSED")) return { phase: "closed" };
        return { phase: "failed", error };
      })
      .then((outcome) => {
        if (!control.signal.aborted) setWaiting(outcome);
      });
    return () => control.abort();
  }, [queueId, attempt]);

  return {
    waiting,
    /** Looks again, and joins if the user has no place that counts. */
    join: useCallback(() => setAttempt(({ number }) => ({ number: number + 1, join: true, stopped: false })), []),
    /** Stops waiting after the user has left. */
    left: useCallback(() => {
      setAttempt((before) => ({ ...before, stopped: true }));
      setWaiting({ phase: "left" });
    }, []),
  };
}
