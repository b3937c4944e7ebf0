import { client } from "../../app/client";

/** How far the dead letters of a queue are sent again. */
export interface RedriveProgress {
  moved: number;
  remaining: number;
}

/**
 * Sends the dead letters of a queue again, call by call, until as many were sent as `waiting` when it began. So one that
 * fails again meanwhile is not sent over and over. Returns how many were sent; a stop takes effect after the present call.
 */
export async function redrive(
  queue: string,
  waiting: number,
  onProgress: (progress: RedriveProgress) => void,
  signal: AbortSignal,
): Promise<RedriveProgress> {
  let sum: RedriveProgress = { moved: 0, remaining: waiting };
  onProgress(sum);
  while (!signal.aborted) {
    // A repeat may send a message twice, which workers recognize.
    const { moved, remaining } = await client.post("/dead-letters/{queue}/redrive", { params: { path: { queue } }, repeatable: true });
    sum = { moved: sum.moved + moved, remaining };
    onProgress(sum);
    if (moved === 0 || remaining === 0 || sum.moved >= waiting) break;
  }
  return sum;
}
