import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { duration, money } from "../../app/format";
import { withIntent } from "../../app/intent";
import { useNow } from "../../app/use_now";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Fact, Facts } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { reservationKey } from "./queries";

/** Refusals that say that the reservation is no longer as the page shows it. */
const OUTDATED = ["ALREADY_PAID", "HOLD_EXPIRED"];

/** Pays a reservation from the balance, and says how much is missing if the balance is too low. */
export function Payment({ reservation, reload, canceling }: {
  reservation: Schemas["Reservation"];
  reload: () => void;
  canceling: boolean;
}) {
  const { t } = useTranslation("concerts");
  const toast = useToast();
  const queries = useQueryClient();
  const { id, amount } = reservation;
  const left = Date.parse(reservation.expires_at) - useNow();
  const balance = useQuery({
    queryKey: ["balance", "now"],
    queryFn: ({ signal }) => client.get("/balance", { signal }),
    refetchOnMount: "always",
  });

  const pay = useMutation({
    mutationFn: () =>
      withIntent(`pay.${id}`, (idempotencyKey) =>
        client.post("/payments", { body: { reservation_id: id }, idempotencyKey }),
      ),
    onSuccess: (payment) => {
      queries.setQueryData(reservationKey(id), {
        ...reservation,
        status: "paid",
        paid_at: payment.created_at,
        payment_id: payment.id,
      });
      void queries.invalidateQueries({ queryKey: ["balance"] });
      void queries.invalidateQueries({ queryKey: ["reservations", "list"] });
      toast(t("reservation.paidDone"));
    },
    onError: (error) => {
      if (!(error instanceof ApiError)) return;
      if (OUTDATED.includes(error.code)) reload();
      if (error.code === "INSUFFICIENT_BALANCE") void balance.refetch();
    },
  });

  // The second click of a double click comes before the button is shown as busy.
  const sent = useRef(false);
  const send = () => {
    if (sent.current) return;
    sent.current = true;
    pay.mutate(undefined, {
      onSettled: () => {
        sent.current = false;
      },
    });
  };

  const has = balance.data?.balance;
  const missing = has === undefined ? 0 : Math.max(0, amount - has);
  const isShort = pay.error instanceof ApiError && pay.error.code === "INSUFFICIENT_BALANCE";
  const back = `/reservations/${encodeURIComponent(id)}`;
  return (
    <>
      <div className={`notice reservation-state ${left < 60_000 ? "warn" : "info"}`}>
        <p>
          {t("reservation.payWithin")}{" "}
          <strong className="live big" role="timer">
            {duration(left)}
          </strong>
        </p>
      </div>
      {/* Each state has the same lines, so that nothing moves when the balance is known or changes. */}
      <Facts>
        <Fact name={t("reservation.balance")}>
          <span className="number">{has === undefined ? "…" : money(has)}</span>
        </Fact>
        {missing > 0 ? (
          <Fact name={t("reservation.missing")}>
            <strong className="number">{money(missing)}</strong>
          </Fact>
        ) : (
          <Fact name={t("reservation.after")}>
            <span className="number">{has === undefined ? "…" : money(has - amount)}</span>
          </Fact>
        )}
      </Facts>
      {missing > 0 ? (
        <LinkButton href={`/balance?amount=${missing}&next=${encodeURIComponent(back)}`}>
          {t("reservation.charge", { missing: money(missing) })}
        </LinkButton>
      ) : (
        <Button busy={pay.isPending || pay.isSuccess} disabled={canceling || has === undefined} onClick={send}>
          {t("reservation.pay", { amount: money(amount) })}
        </Button>
      )}
      <p className="muted reservation-hint">{missing > 0 ? t("reservation.chargeHint") : t("reservation.payHint")}</p>
      {!isShort && <Failure error={pay.error} retry={send} />}
      <Failure error={balance.error} retry={() => void balance.refetch()} />
    </>
  );
}
