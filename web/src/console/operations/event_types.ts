import type { ParseKeys } from "i18next";

/** Types of domain events, by the kind of resource that they are about. */
export const EVENT_TYPES = {
  account: ["registered", "roles_changed", "status_changed", "password_changed", "totp_enabled", "totp_disabled", "closed"],
  audit: ["root"],
  balance: ["charged", "closed", "forfeited"],
  payment: ["completed"],
  claim: ["requested", "in_review", "approved", "granting", "failed", "rejected", "granted"],
  campaign: ["created", "changed", "drafted", "activated", "paused", "ended", "deleted"],
  offer: ["attached", "changed", "detached"],
  deal: ["changed", "scheduled", "active", "ended", "soldout", "canceled"],
  order: ["reserved", "payment_requested", "payment_failed", "payment_completed", "confirmed", "canceled", "failed"],
  reservation: ["made", "paid", "canceled", "expired"],
  product: ["created", "changed", "deleted"],
  concert: ["created", "date_created"],
  queue: ["created", "changed", "opened", "paused", "closed", "let_in", "no_show"],
  notification: ["created"],
} as const;

export type EventGroup = keyof typeof EVENT_TYPES;

export const EVENT_GROUPS = Object.keys(EVENT_TYPES) as EventGroup[];

/** Returns the key of the text that says what happened at an event of a type. */
export const eventText = (group: EventGroup, name: string) => `event.${group}.${name}` as ParseKeys<"operations">;

/** Whether `chosen` has events of a type: by its name, by all of its kind, or by all. */
export function isChosen(chosen: readonly string[], type: string): boolean {
  return chosen.includes("*") || chosen.includes(type) || chosen.includes(`${type.split(".")[0]}.*`);
}

/** Returns the choice with all events of a kind added or taken away. Types outside of the catalogue stay. */
export function toggleGroup(chosen: readonly string[], group: EventGroup, on: boolean): string[] {
  const others = chosen.filter((type) => !type.startsWith(`${group}.`));
  return on ? [...others, `${group}.*`] : others;
}

/** Returns the choice with one type added or taken away. All of a kind become the others of the kind by name. */
export function toggleType(chosen: readonly string[], group: EventGroup, name: string, on: boolean): string[] {
  const type = `${group}.${name}`;
  if (on) return chosen.includes(type) ? [...chosen] : [...chosen, type];
  const whole = `${group}.*`;
  if (!chosen.includes(whole)) return chosen.filter((other) => other !== type);
  const named = EVENT_TYPES[group].filter((other) => other !== name).map((other) => `${group}.${other}`);
  return [...chosen.filter((other) => other !== whole && !named.includes(other) && other !== type), ...named];
}
