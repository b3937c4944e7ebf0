import type { Client } from "./client.ts";
import { ApiError, DibsError, OfflineError } from "./errors.ts";
import { backoff, sleep } from "./retry.ts";
import type { Schemas } from "./types.ts";

/** Where the user is in the queue. */
export interface QueueState {
  /** Position, which never changes; null for a second or two after joining. */
  position: number | null;
  /** Upper bound of the users who are admitted before; it only goes down. Null until the position is known. */
  ahead: number | null;
  /** Range of the remaining waiting time in seconds; `max` is null while the queue is paused. */
  etaSeconds: { min: number; max: number | null } | null;
  joinedAt: string | null;
  /** Document that all users share, as it was read last. */
  queue: Schemas["QueueProgress"] | null;
  /** False while the service does not answer; the position is kept, and reading goes on. */
  reachable: boolean;
}

/** Admission to what the queue guards. */
export interface Admission {
  /** Token for guarded calls; `client.queueTokens` has it, too. */
  token: string;
  /** Time before which a guarded call must be made, or the admission expires. */
  takeUpBefore: string | null;
  /** Time at which the admission ends. */
  expiresAt: string | null;
}

export interface WaitOptions {
  signal?: AbortSignal;
  onChange?: (state: QueueState) => void;
  /** False to only find the own position again: without one the call throws `NOT_IN_QUEUE`. */
  join?: boolean;
}

/** The position ended while the user waited: another tab used it up, or its time is over. Join again for a new one. */
export class QueueEndedError extends DibsError {
  override name = "QueueEndedError";
  readonly status: "expired" | "done";

  constructor(status: "expired" | "done") {
    super(`The position in the queue is ${status === "done" ? "used up" : "over"}. Join the queue again.`);
    this.status = status;
  }
}

/** Interval in milliseconds at which the own position is read again, for its waiting time. */
const OWN_MS = 30_000;

/**
 * Joins a queue, or finds the present position in it, and waits for the admission. It polls the document that all
 * users share as often as this says, and the own position rarely. It goes on while the service does not answer, until
 * `signal` aborts; aborting does not leave the queue.
 */
export async function waitInQueue(
  client: Client,
  queueId: string | number,
  { signal, onChange, join = true }: WaitOptions = {},
): Promise<Admission> {
  const id = String(queueId);
  const call = { params: { path: { queue_id: id } }, signal };
  let state: QueueState = {
    position: null,
    ahead: null,
    etaSeconds: null,
    joinedAt: null,
    queue: null,
    reachable: true,
  };
  const change = (part: Partial<QueueState>) => {
    const next = { ...state, reachable: true, ...part };
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    onChange?.(state);
  };

  /** Repeats `read` until the service answers. */
  const persist = async <T>(read: () => Promise<T>): Promise<T> => {
    for (let failed = 1; ; failed++) {
      try {
        return await read();
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error)) throw error;
        change({ reachable: false });
        await sleep((error instanceof ApiError && error.retryAfterMs) || backoff(failed, 1000, 15_000), signal);
      }
    }
  };
  const readOwn = async () => {
    const path = "/queues/{queue_id}/tokens/me" as const;
    try {
      return await client.get(path, { ...call, queue: id });
    } catch (error) {
      // The token may be an earlier user's. The position can be read without one.
      if (!(error instanceof ApiError && error.code === "QUEUE_TOKEN_INVALID" && client.queueTokens.delete(id))) {
        throw error;
      }
      return client.get(path, call);
    }
  };

  if (join) {
    const joined = await persist(() => client.post("/queues/{queue_id}/tokens", call));
    client.queueTokens.set(id, joined.ticket);
    change({ joinedAt: joined.joined_at });
  }
  for (;;) {
    const own = await persist(readOwn);
    client.queueTokens.set(id, own.token);
    if (own.status === "active") {
      return { token: own.token, takeUpBefore: own.take_up_before ?? null, expiresAt: own.expires_at ?? null };
    }
    if (own.status !== "waiting") throw new QueueEndedError(own.status);
    const position = own.position ?? null;
    const eta = own.eta_seconds && { min: own.eta_seconds.min, max: own.eta_seconds.max ?? null };
    change({ joinedAt: own.joined_at, position, ahead: lower(state.ahead, own.ahead), etaSeconds: eta ?? null });
    if (position === null) {
      await sleep(spread(own.poll_after_ms), signal);
      continue;
    }
    const readAt = Date.now();
    let delay = state.queue?.poll_after_ms ?? 0;
    let queue: Schemas["QueueProgress"];
    do {
      await sleep(spread(delay), signal);
      queue = await persist(() => client.get("/queues/{queue_id}", call));
      delay = queue.poll_after_ms;
      change({
        queue,
        ahead: lower(state.ahead, Math.max(0, position - 1 - queue.admitted_upto)),
        etaSeconds: eta ? elapsed(eta, Date.now() - readAt, queue) : null,
      });
    } while (queue.admitted_upto < position && Date.now() - readAt < Math.max(OWN_MS, own.poll_after_ms));
  }
}

/** Gives up the user's place. */
export async function leaveQueue(client: Client, queueId: string | number): Promise<void> {
  client.queueTokens.delete(String(queueId));
  await client.delete("/queues/{queue_id}/tokens/me", { params: { path: { queue_id: queueId } } });
}

function isPassing(error: unknown): boolean {
  return error instanceof OfflineError || (error instanceof ApiError && [429, 502, 503, 504].includes(error.status));
}

function lower(before: number | null, now: number | null | undefined): number | null {
  return before === null ? (now ?? null) : Math.min(before, now ?? before);
}

/** The range as it is `ms` after it was read: in a paused queue nobody comes nearer. */
function elapsed(eta: { min: number; max: number | null }, ms: number, queue: Schemas["QueueProgress"]) {
  if (queue.status === "paused") return { min: eta.min, max: null };
  const passed = Math.floor(ms / 1000);
  return { min: Math.max(0, eta.min - passed), max: eta.max === null ? null : Math.max(0, eta.max - passed) };
}

/** Delays by up to a tenth more, so that clients that began together do not stay together. */
function spread(ms: number): number {
  return ms * (1 + Math.random() / 10);
}
