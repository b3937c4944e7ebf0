/** Returns the address of a waiting room that leads to `next` once it admits. */
export const roomPath = (queueId: string | number, next: string) =>
  `/queues/${encodeURIComponent(queueId)}?next=${encodeURIComponent(next)}`;
