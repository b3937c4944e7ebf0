import type { Client } from "../client.ts";
import { ApiError } from "../errors.ts";
import { backoff, sleep } from "../retry.ts";
import { type Polled, readTopic } from "./topics.ts";

/** Time between two reads of a topic, in milliseconds. */
const POLL_MS = 2_000;

export interface Polling {
  topic: string;
  queueToken: string | undefined;
  /** Version that the follower has. */
  since(): number | null;
  onState(polled: Polled): void;
  /** The API refuses the topic: polling has ended. */
  onRefused(code: string): void;
}

/** Reads a topic over HTTP again and again. Returns how to stop. */
export function poll(client: Client, { topic, queueToken, since, onState, onRefused }: Polling): () => void {
  const control = new AbortController();
  const { signal } = control;
  const run = async () => {
    for (let failed = 0, pause = POLL_MS; !signal.aborted; ) {
      try {
        const polled = await readTopic(client, topic, since(), queueToken, signal);
        if (signal.aborted) return;
        onState(polled);
        failed = 0;
        // A position says how often to read it.
        pause = (polled.data as { poll_after_ms?: number } | null)?.poll_after_ms ?? POLL_MS;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) return onRefused(error.code);
        failed++;
      }
      await sleep(pause * (1 + Math.random() / 10) + (failed ? backoff(failed, POLL_MS, 30_000) : 0), signal);
    }
  };
  // Stopping rejects the pause between two reads.
  run().catch(() => {});
  return () => control.abort();
}
