import { client } from "../../app/client";

/** Dead letters of a queue, and the newest redrive of them. */
export interface DeadLetterQueue {
  queue: string;
  waiting: number;
  redrive: Redrive | null;
}

export interface Redrive {
  status: "running" | "completed" | "failed";
  moved: number;
  /** Number of messages to move; `null` while it is unknown. */
  total: number | null;
  started_at: string;
  reason: string | null;
}

/** Lists the queues with their dead letters. */
export async function listDeadLetters(signal: AbortSignal): Promise<DeadLetterQueue[]> {
  const response = await client.response("get", "/dead-letters" as "/webhooks", { signal });
  return (await response.json()).data;
}

/** Gives all dead letters of a queue back to it. */
export async function redriveDeadLetters(queue: string): Promise<DeadLetterQueue> {
  const path = "/dead-letters/{queue}/redrive" as "/webhooks/{webhook_id}/test";
  const response = await client.response("post", path, { params: { path: { queue } as never } });
  return (await response.json()).data;
}
