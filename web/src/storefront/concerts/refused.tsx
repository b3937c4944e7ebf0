import { ApiError } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Countdown } from "../../ui/countdown";
import { Failure } from "../../ui/error";
import { Notice } from "../../ui/page";
import { seatRefusal } from "./seat_refusal";

/** Renders why seats were not held, and what to do. */
export function Refused({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation("concerts");
  const refusal = seatRefusal(error);
  if (!refusal) {
    return (
      <Failure error={error} retry={retry}>
        {error instanceof ApiError && error.code === "EMAIL_NOT_CONFIRMED" && (
          <p>
            <Link href="/account">{t("refused.toAccount")}</Link>
          </p>
        )}
      </Failure>
    );
  }
  const reservations = new Map(refusal.yours.map((own) => [own.reservationId, own]));
  return (
    <Notice tone="warn">
      {refusal.taken.length > 0 && (
        <p>{t("refused.taken", { count: refusal.taken.length, seats: refusal.taken.join(", ") })}</p>
      )}
      {[...reservations.values()].map(({ reservationId, seat, expiresAt }) => (
        <p key={reservationId}>
          {expiresAt === undefined ? t("refused.paid", { seat }) : t("refused.held", { seat })}{" "}
          <Link href={`/reservations/${encodeURIComponent(reservationId)}`}>{t("refused.toReservation")}</Link>
        </p>
      ))}
      {refusal.unfinished.map(({ seat, heldUntil }) => (
        <p key={seat}>
          {t("refused.unfinished", { seat })} <Countdown until={heldUntil} />
        </p>
      ))}
    </Notice>
  );
}
