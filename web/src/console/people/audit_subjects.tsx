import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Subject } from "./verification/line";

/** Returns the page of the console about a subject; `undefined` if there is none. */
export function pageOf({ kind, id }: Subject): string | undefined {
  const [first = "", second = ""] = id.split(":");
  const path = encodeURIComponent;
  switch (kind) {
    case "request":
      return `/requests/${path(id)}`;
    case "order":
      return `/orders/${path(id)}`;
    case "payment":
      return `/payments?user=${path(id)}`;
    case "account":
      return `/users/${path(id)}`;
    case "event":
    case "event_reward":
      return `/events/${path(first)}`;
    case "reward":
      return `/rewards/${path(id)}`;
    case "product":
      return `/products/${path(id)}`;
    case "time_deal":
      return `/deals/${path(id)}`;
    case "concert":
      return `/concerts/${path(id)}`;
    case "concert_date":
      return `/concerts/${path(first)}/${path(second)}`;
    case "queue":
      return `/queues/${path(id)}`;
    case "reservation":
      return undefined;
  }
}

/** Returns the address of the audit page with the entries of a subject. */
export const chainOf = ({ kind, id }: Subject, view?: "verify") =>
  `/audit?${new URLSearchParams({ ...(view && { view }), subject_kind: kind, subject_id: id })}`;

/** Renders the kind and the id of a subject, with links to its page and to its chain. */
export function SubjectLinks({ subject }: { subject: Subject }) {
  const { t } = useTranslation("people");
  const page = pageOf(subject);
  return (
    <>
      {t(`kind.${subject.kind}`)} {page ? <Link href={page}>{subject.id}</Link> : subject.id}
    </>
  );
}
