import type { Schemas } from "dibs-client";
import { fromInput, toInput } from "../../app/local_time";
import { type ConditionNode, createNode, fromCondition, toCondition } from "./condition/tree";

export type EventDetail = Schemas["Event"];
export type EventStatus = EventDetail["status"];
export const STATUSES = ["draft", "active", "inactive", "ended"] as const satisfies readonly EventStatus[];

/** Event in a form. Times are in the reader's time zone, to the minute. */
export interface EventDraft {
  name: string;
  description: string;
  startsAt: string;
  endsAt: string;
  timeZone: string;
  review: EventDetail["review"];
  /** Empty for none. */
  queueId: string;
  condition: ConditionNode;
}

/** Returns a form for a new event, from the next hour on for two weeks, in the reader's time zone. */
export function emptyDraft(now: number, timeZone: string): EventDraft {
  const hour = 3_600_000;
  const start = Math.ceil(now / hour) * hour;
  return {
    name: "",
    description: "",
    startsAt: toInput(start),
    endsAt: toInput(start + 14 * 24 * hour),
    timeZone,
    review: "auto",
    queueId: "",
    condition: createNode("all"),
  };
}

/** Returns a form with the values of an event. */
export function draftOf(event: EventDetail): EventDraft {
  return {
    name: event.name,
    description: event.description,
    startsAt: toInput(event.starts_at),
    endsAt: toInput(event.ends_at),
    timeZone: event.time_zone,
    review: event.review,
    queueId: event.queue_id == null ? "" : String(event.queue_id),
    condition: fromCondition(event.condition),
  };
}

/** Returns the body that creates the event. Empty times are left out, for the API to name them. */
export function createBody(draft: EventDraft, status: EventStatus): Schemas["EventCreate"] {
  return {
    name: draft.name,
    description: draft.description,
    starts_at: fromInput(draft.startsAt) as string,
    ends_at: fromInput(draft.endsAt) as string,
    time_zone: draft.timeZone,
    review: draft.review,
    queue_id: draft.queueId === "" ? null : draft.queueId,
    condition: toCondition(draft.condition),
    status,
  };
}

/** Returns the body that changes an event as far as the form differs from what it was. */
export function updateBody(before: EventDraft, draft: EventDraft): Schemas["EventUpdate"] {
  const body: Schemas["EventUpdate"] = {};
  if (draft.name !== before.name) body.name = draft.name;
  if (draft.description !== before.description) body.description = draft.description;
  if (draft.startsAt !== before.startsAt) body.starts_at = fromInput(draft.startsAt) as string;
  if (draft.endsAt !== before.endsAt) body.ends_at = fromInput(draft.endsAt) as string;
  if (draft.timeZone !== before.timeZone) body.time_zone = draft.timeZone;
  if (draft.review !== before.review) body.review = draft.review;
  if (draft.queueId !== before.queueId) body.queue_id = draft.queueId === "" ? null : draft.queueId;
  const condition = toCondition(draft.condition);
  if (JSON.stringify(condition) !== JSON.stringify(toCondition(before.condition))) body.condition = condition;
  return body;
}

/** Fields of an event that an operator changes. */
const FIELDS = [
  "name",
  "description",
  "starts_at",
  "ends_at",
  "time_zone",
  "review",
  "queue_id",
  "condition",
  "status",
] as const;
export type EventField = (typeof FIELDS)[number];

/** Returns the fields in which an event differs from what the form began with: what others changed meanwhile. */
export function changedFields(before: EventDetail, present: EventDetail): EventField[] {
  return FIELDS.filter((field) => JSON.stringify(before[field] ?? null) !== JSON.stringify(present[field] ?? null));
}

/** Returns the status that an operator set: an active event whose period is over is shown as ended. */
export function canBecome(event: EventDetail, status: EventStatus): boolean {
  return status !== event.status && !(event.status === "ended" && status === "draft");
}
