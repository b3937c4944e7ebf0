import type { Client, Schemas } from "dibs-client";

export type QueueStatus = Schemas["QueueStatus"];

/** Number of entries that a look through a whole list reads at most. */
const LOOKED_THROUGH = 1000;

/** Reads the entries of a list that pass a test, among its first thousand. */
export async function among<T>(entries: AsyncIterable<T>, passes: (entry: T) => boolean = () => true): Promise<T[]> {
  const found: T[] = [];
  let seen = 0;
  for await (const entry of entries) {
    if (passes(entry)) found.push(entry);
    seen += 1;
    if (seen >= LOOKED_THROUGH) break;
  }
  return found;
}

/** Reads the queues, for a choice of one. */
export function allQueues(client: Client, signal: AbortSignal): Promise<QueueStatus[]> {
  return among(client.items("/queues", { params: { query: { limit: 100 } }, signal }));
}

/** Page of the list in which a queue was found last: its settings and numbers are in the list only. */
const pages = new Map<string, string | undefined>();

/** Reads the settings and numbers of a queue. Returns `null` if there is none with this id. */
export async function readQueue(client: Client, id: string, signal: AbortSignal): Promise<QueueStatus | null> {
  const at = (cursor: string | undefined) =>
    client.page("/queues", { params: { query: { limit: 100, cursor } }, signal });
  const find = (rows: QueueStatus[]) => rows.find((queue) => String(queue.id) === id);
  if (pages.has(id)) {
    const found = find((await at(pages.get(id))).data);
    if (found) return found;
  }
  let cursor: string | undefined;
  do {
    const page = await at(cursor);
    const found = find(page.data);
    if (found) {
      pages.set(id, cursor);
      return found;
    }
    cursor = page.meta.next_cursor ?? undefined;
  } while (cursor);
  return null;
}
