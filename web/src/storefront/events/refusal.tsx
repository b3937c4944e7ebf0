import { ApiError, type Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { dateTime } from "../../app/format";
import { Failure } from "../../ui/error";
import { roomPath } from "../waiting_room/room_path";
import { Missing } from "./condition";
import type { Evaluation } from "./evaluation";

/** Renders why a claim was refused, with the way to what helps. */
export function RefusalOf({ error, event }: { error: unknown; event: Schemas["Event"] }) {
  if (!error) return null;
  return (
    <Failure error={error}>
      <Advice error={error} event={event} />
    </Failure>
  );
}

function Advice({ error, event }: { error: unknown; event: Schemas["Event"] }) {
  const { t } = useTranslation("events");
  if (!(error instanceof ApiError)) return null;
  const details = (error.details ?? {}) as { condition?: Evaluation; starts_at?: string; ends_at?: string };
  switch (error.code) {
    case "CONDITION_NOT_MET":
    case "CONDITION_UNAVAILABLE":
      return details.condition ? <Missing node={details.condition} /> : null;
    case "ALREADY_REQUESTED":
      return <Link href="/requests">{t("requests.title")}</Link>;
    case "OUT_OF_STOCK":
    case "REWARD_EXPIRED":
      return <Link href="/events">{t("event.all")}</Link>;
    case "EVENT_NOT_ACTIVE":
      return (
        <p>
          {details.starts_at && details.ends_at && (
            <>
              {t("event.period")}: {dateTime(details.starts_at)} – {dateTime(details.ends_at)}.{" "}
            </>
          )}
          <Link href="/events">{t("event.all")}</Link>
        </p>
      );
    case "EMAIL_NOT_CONFIRMED":
      return <Link href="/account">{t("refusal.confirm")}</Link>;
    case "TOTP_ENROLMENT_REQUIRED":
      return <Link href="/account/security">{t("refusal.enrol")}</Link>;
    case "QUEUE_TOKEN_REQUIRED":
    case "QUEUE_TOKEN_INVALID":
    case "QUEUE_TOKEN_EXPIRED":
      return event.queue_id == null ? null : (
        <Link href={roomPath(event.queue_id, `/events/${event.id}?claim=1`)}>{t("queue.go")}</Link>
      );
    default:
      return null;
  }
}
