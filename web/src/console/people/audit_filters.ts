import type { Schemas } from "dibs-client";
import { fromInput } from "../../app/local_time";
import { KINDS, type SubjectKind } from "./verification/line";
import { ROLES, type Role } from "./badges";

type What = Schemas["AuditEntry"]["what"];

export const CHANGES = [
  "created",
  "updated",
  "status_changed",
  "closed",
  "deleted",
  "canceled",
  "requested",
  "refused",
  "decided",
  "grant_delayed",
  "grant_failed",
  "granted",
  "held",
  "payment_requested",
  "payment_failed",
  "paid",
  "expired",
  "abandoned",
  "charged",
  "forfeited",
  "registered",
  "roles_changed",
  "password_changed",
  "totp_enabled",
  "totp_disabled",
  "codes_added",
] as const satisfies readonly What[];

/** Filters of the audit as the address has them. Times are in the reader's time zone. */
export interface AuditFilters {
  subject_kind: SubjectKind | "";
  subject_id: string;
  actor: string;
  role: Role | "";
  what: What | "";
  from: string;
  to: string;
}

export const NO_FILTERS: AuditFilters = { subject_kind: "", subject_id: "", actor: "", role: "", what: "", from: "", to: "" };

/** Reads the filters of an address. Values that the API does not have are left out. */
export function readFilters(search: URLSearchParams): AuditFilters {
  const text = (name: string) => search.get(name)?.trim() ?? "";
  const one = <T extends string>(names: readonly T[], name: string) => names.find((known) => known === search.get(name)) ?? "";
  return {
    subject_kind: one(KINDS, "subject_kind"),
    subject_id: text("subject_id"),
    actor: text("actor"),
    role: one(ROLES, "role"),
    what: one<What>(CHANGES, "what"),
    from: text("from"),
    to: text("to"),
  };
}

/** Writes filters into an address, without empty ones. */
export const writeFilters = (filters: AuditFilters): Record<string, string> =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));

/** Returns the query of the API. */
export function queryOf(filters: AuditFilters) {
  return {
    subject_kind: filters.subject_kind || undefined,
    subject_id: filters.subject_id || undefined,
    actor: filters.actor || undefined,
    role: filters.role || undefined,
    what: filters.what || undefined,
    from: fromInput(filters.from),
    to: fromInput(filters.to),
  };
}
