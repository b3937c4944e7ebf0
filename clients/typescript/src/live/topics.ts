import type { Client } from "../client.ts";
import type { Schemas } from "../types.ts";

/** State of a topic by the form of its name. */
export type TopicState<T extends string> = T extends `deals/${string}/stock`
  ? Schemas["LiveStock"]
  : T extends `concerts/${string}/dates/${string}/seats`
    ? Schemas["LiveSeats"]
    : T extends `queues/${string}/position`
      ? Schemas["QueuePosition"]
      : T extends `orders/${string}`
        ? Schemas["Order"]
        : T extends `reservations/${string}`
          ? Schemas["Reservation"]
          : T extends `requests/${string}`
            ? Schemas["EventRequest"]
            : never;

/** State of a topic with its version; states of resources that are polled have none. */
export interface Polled {
  version: number | null;
  data: unknown;
}

/** Whether a connection needs a ticket for the topic. */
export function isPersonal(topic: string): boolean {
  return !/^(deals|concerts)\//.test(topic);
}

/** Reads the state of a topic over HTTP. `data` is null if `since` is the newest version. */
export async function readTopic(
  client: Client,
  topic: string,
  since: number | null,
  queueToken: string | undefined,
  signal: AbortSignal,
): Promise<Polled> {
  const [kind, id = "", , date = ""] = topic.split("/");
  const query = since === null ? {} : { since };
  const own = async (read: Promise<unknown>): Promise<Polled> => ({ version: null, data: await read });
  switch (kind) {
    case "deals": {
      const path = { deal_id: id };
      return versioned(await client.get("/timedeals/{deal_id}/live", { params: { path, query }, signal }));
    }
    case "concerts": {
      const path = { concert_id: id, date };
      const live = "/concerts/{concert_id}/dates/{date}/seats/live";
      return versioned(await client.get(live, { params: { path, query }, signal, queueToken }));
    }
    case "queues":
      return own(client.get("/queues/{queue_id}/tokens/me", { params: { path: { queue_id: id } }, signal, queueToken }));
    case "orders":
      return own(client.get("/orders/{order_id}", { params: { path: { order_id: id } }, signal }));
    case "reservations":
      return own(client.get("/reservations/{reservation_id}", { params: { path: { reservation_id: id } }, signal }));
    default:
      return own(client.get("/events/requests/{request_id}", { params: { path: { request_id: id } }, signal }));
  }
}

function versioned(found: { version: number; data?: unknown }): Polled {
  return { version: found.version, data: found.data ?? null };
}

/** Applies a JSON merge patch (RFC 7396), and returns the changed value. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
