import type { Schemas } from "dibs-client";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { isMissing } from "../../app/query";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Empty, Loading } from "../../ui/page";
import { SeatMap } from "../../ui/seat_map/seat_map";
import { useToast } from "../../ui/toast";
import { type Admitted, forgetAdmission, isNotAdmitted } from "../waiting_room/admission";
import { filterSeats, type SeatFilter } from "./best_seats";
import { Cart } from "./cart";
import { Refused } from "./refused";
import { SeatFilters } from "./seat_filters";
import { seatRefusal } from "./seat_refusal";
import { SEATS_MAX, useChoice } from "./use_choice";
import { useHold, type Wish } from "./use_hold";
import { useSeats } from "./use_seats";

/** Chooses seats of a date on the map, or the best ones, and holds them. */
export function SeatChoice({ concert, date, admitted }: {
  concert: Schemas["Concert"];
  date: string;
  admitted: Admitted | undefined;
}) {
  const { t } = useTranslation("concerts");
  const toast = useToast();
  const [, navigate] = useLocation();
  const { seats, states, error, reload, refuse } = useSeats(concert, date, admitted);
  const [filter, setFilter] = useState<SeatFilter>({ section: undefined, priceMax: undefined });
  const hold = useHold(concert, date);
  const busy = hold.isPending || hold.isSuccess;
  // The second click of a double click comes before the buttons are shown as busy.
  const sent = useRef(false);

  const byId = useMemo(() => seats && new Map(seats.map((seat) => [seat.id, seat])), [seats]);
  const exists = useMemo(() => byId && ((id: string) => byId.has(id)), [byId]);
  const tellLost = useCallback(
    (names: readonly string[]) => toast(t("choice.lost", { count: names.length, seats: names.join(", ") }), "bad"),
    [toast, t],
  );
  const { chosen, lost, change, drop } = useChoice({ exists, states, paused: busy, onLost: tellLost });
  const selected = useMemo(() => new Set(chosen), [chosen]);
  const shown = useMemo(() => seats && filterSeats(seats, filter), [seats, filter]);

  const notAdmitted = concert.queue_id != null && isNotAdmitted(error);
  useEffect(() => {
    if (notAdmitted && concert.queue_id != null) void forgetAdmission(concert.queue_id);
  }, [notAdmitted, concert.queue_id]);

  if (isMissing(error)) {
    return (
      <Empty title={t("choice.noDate")}>
        <LinkButton href={`/concerts/${concert.id}`}>{t("toDates")}</LinkButton>
      </Empty>
    );
  }
  if (error && !seats) return <Failure error={error} retry={reload} />;
  if (!seats || !shown || !byId) return <Loading lines={14} />;

  const send = (wish: Wish) => {
    if (sent.current) return;
    sent.current = true;
    hold.mutate(wish, {
      onSuccess: (reservation) => {
        change([]);
        navigate(`/reservations/${encodeURIComponent(reservation.id)}`);
      },
      onError: (failure) => {
        sent.current = false;
        const refusal = seatRefusal(failure);
        if (!refusal) return;
        refuse(refusal.taken);
        drop([...refusal.taken, ...[...refusal.yours, ...refusal.unfinished].map(({ seat }) => seat)], false);
      },
    });
  };

  const toggle = (id: string) => {
    if (busy) return;
    const state = states.get(id);
    if (hold.isError) hold.reset();
    if (selected.has(id)) change(chosen.filter((seat) => seat !== id));
    else if (state !== undefined) toast(t(state === "mine" ? "choice.mine" : `choice.${state === "sold" ? "sold" : "held"}`), "info");
    else if (chosen.length >= SEATS_MAX) toast(t("choice.most", { most: SEATS_MAX }), "info");
    else change([...chosen, id]);
  };

  const soldOut = seats.every(({ id }) => states.has(id) && states.get(id) !== "mine");
  return (
    <>
      {soldOut && (
        <Empty title={t("choice.soldOut")}>
          <p>{t("choice.soldOutAdvice")}</p>
          <LinkButton href={`/concerts/${concert.id}`}>{t("toDates")}</LinkButton>
        </Empty>
      )}
      <SeatFilters
        seats={seats}
        states={states}
        filter={filter}
        setFilter={setFilter}
        busy={hold.isPending && hold.variables !== undefined && "count" in hold.variables}
        disabled={busy}
        onBest={(count) => send({ count, within: shown === seats ? undefined : shown, states })}
      />
      <div className="seat-choice">
        <div>
          {shown.length > 0 ? (
            <SeatMap label={t("choice.map")} seats={shown} states={states} selected={selected} onToggle={toggle} />
          ) : (
            <Empty title={t("filter.none")}>
              <p>{t("filter.noneAdvice")}</p>
            </Empty>
          )}
        </div>
        <div className="seat-side">
          <Refused error={hold.error} retry={() => hold.variables && send(hold.variables)} />
          <Cart
            seats={chosen.flatMap((id) => byId.get(id) ?? [])}
            lost={lost}
            holdSeconds={concert.hold_seconds}
            busy={busy}
            onRemove={toggle}
            onHold={() => send({ seats: chosen })}
          />
        </div>
      </div>
    </>
  );
}
