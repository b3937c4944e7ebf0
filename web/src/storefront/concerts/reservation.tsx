import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { dateTime, day, money } from "../../app/format";
import { useLive } from "../../app/live";
import { isMissing } from "../../app/query";
import { useNow } from "../../app/use_now";
import { ConfirmButton, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { NotFound } from "../../ui/not_found";
import { Badge, Fact, Facts, Loading, Notice, Page } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { Payment } from "./payment";
import { concertQuery, reservationKey, reservationQuery } from "./queries";
import { STATUS_TONES, statusAt } from "./reservation_status";
import "./concerts.css";

/** Shows a reservation of the user: the time to pay, the payment, and what became of it. */
export default function Reservation({ id }: { id: string }) {
  const { t } = useTranslation("concerts");
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(reservationQuery(id));
  useLive(`reservations/${id}`, (state) => queries.setQueryData(reservationKey(id), state));
  const isOfAnother = error instanceof ApiError && error.code === "FORBIDDEN";
  if (isMissing(error) || isOfAnother) return <NotFound />;
  return (
    <Page title={t("reservation.title")}>
      <Failure error={error} retry={() => void refetch()} />
      {!data && !error && <Loading lines={8} />}
      {data && <Details reservation={data} reload={() => void refetch()} />}
    </Page>
  );
}

function Details({ reservation, reload }: { reservation: Schemas["Reservation"]; reload: () => void }) {
  const { t } = useTranslation("concerts");
  const toast = useToast();
  const queries = useQueryClient();
  const { id, date, amount } = reservation;
  const concert = useQuery(concertQuery(String(reservation.concert_id)));
  const status = statusAt(reservation, useNow());
  const map = `/concerts/${reservation.concert_id}/${date}`;

  // The service says itself what became of the seats once their time is over.
  const ended = status === "expired" && reservation.status === "held";
  useEffect(() => {
    if (ended) reload();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when the time is over
  }, [ended]);

  const cancel = useMutation({
    mutationFn: () => client.delete("/reservations/{reservation_id}", { params: { path: { reservation_id: id } } }),
    onSuccess: (canceled) => {
      queries.setQueryData(reservationKey(id), canceled);
      void queries.invalidateQueries({ queryKey: ["reservations", "list"] });
      toast(t("reservation.cancelDone"));
    },
    // It was paid, canceled or over meanwhile: show that.
    onError: (error) => error instanceof ApiError && error.status < 500 && reload(),
  });

  return (
    <div className="reservation">
      <Facts>
        <Fact name={t("reservation.concert")}>{concert.data?.name ?? " "}</Fact>
        <Fact name={t("reservation.date")}>{day(date)}</Fact>
        <Fact name={t("reservation.seats")}>
          <strong>{reservation.seats.join(", ")}</strong>
        </Fact>
        <Fact name={t("reservation.amount")}>
          <strong className="number">{money(amount)}</strong>
        </Fact>
        {reservation.paid_at && <Fact name={t("reservation.paidAt")}>{dateTime(reservation.paid_at)}</Fact>}
        {reservation.payment_id && <Fact name={t("reservation.payment")}>{reservation.payment_id}</Fact>}
        {reservation.canceled_at && <Fact name={t("reservation.canceledAt")}>{dateTime(reservation.canceled_at)}</Fact>}
      </Facts>
      {status === "held" && <Payment reservation={reservation} reload={reload} canceling={cancel.isPending} />}
      {status === "paid" && (
        <Notice tone="good" title={t("reservation.paidTitle")}>
          <p>{t("reservation.paidText")}</p>
        </Notice>
      )}
      {(status === "expired" || status === "canceled") && (
        <Notice tone={status === "expired" ? "warn" : "neutral"} title={t(`reservation.${status}Title`)}>
          <p>{t(`reservation.${status}Text`)}</p>
        </Notice>
      )}
      <Failure error={cancel.error} retry={() => cancel.mutate()} />
      <div className="reservation-links">
        {status !== "held" && (
          <LinkButton href={map} look={status === "paid" ? "secondary" : "primary"}>
            {t("reservation.toMap")}
          </LinkButton>
        )}
        <LinkButton href="/reservations" look="secondary">
          {t("reservation.toList")}
        </LinkButton>
        {status === "held" && (
          <ConfirmButton
            look="secondary"
            question={t("reservation.cancelQuestion")}
            confirm={t("reservation.cancelConfirm")}
            busy={cancel.isPending}
            onConfirm={() => cancel.mutate()}
          >
            {t("reservation.cancel")}
          </ConfirmButton>
        )}
      </div>
    </div>
  );
}

/** Renders the status of a reservation in words. */
export function StatusBadge({ status }: { status: Schemas["Reservation"]["status"] }) {
  const { t } = useTranslation("concerts");
  return <Badge tone={STATUS_TONES[status]}>{t(`reservation.status.${status}`)}</Badge>;
}
