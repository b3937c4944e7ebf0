import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { day, duration, money } from "../../app/format";
import { useNow } from "../../app/use_now";
import { LinkButton } from "../../ui/button";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { concertQuery } from "./queries";
import { StatusBadge } from "./reservation";
import { statusAt } from "./reservation_status";
import "./concerts.css";

/** Lists the reservations of the user; those that wait for their payment stand first. */
export default function Reservations() {
  const { t } = useTranslation("concerts");
  const list = useList(["reservations"], (cursor, signal) =>
    client.page("/reservations", { params: { query: { cursor } }, signal }),
  );
  const now = useNow(5_000);
  const empty = (
    <Empty title={t("reservations.empty")}>
      <p>{t("reservations.emptyAdvice")}</p>
      <LinkButton href="/concerts">{t("toConcerts")}</LinkButton>
    </Empty>
  );
  return (
    <Page title={t("reservations.title")}>
      <List list={list} empty={empty}>
        {(rows) => (
          <ul className="cards concert-cards">
            {urgentFirst(rows, now).map((reservation) => (
              <li key={reservation.id}>
                <ReservationCard reservation={reservation} />
              </li>
            ))}
          </ul>
        )}
      </List>
    </Page>
  );
}

/** Sorts what can still be paid before the rest, and each newest first. */
function urgentFirst(rows: readonly Schemas["Reservation"][], now: number) {
  const isHeld = (one: Schemas["Reservation"]) => Number(statusAt(one, now) === "held");
  return [...rows].sort((a, b) => isHeld(b) - isHeld(a) || b.created_at.localeCompare(a.created_at));
}

function ReservationCard({ reservation }: { reservation: Schemas["Reservation"] }) {
  const { t } = useTranslation("concerts");
  const concert = useQuery(concertQuery(String(reservation.concert_id)));
  const now = useNow();
  const status = statusAt(reservation, now);
  const left = duration(Date.parse(reservation.expires_at) - now);
  return (
    <article className="card concert-card">
      <h2>
        <Link href={`/reservations/${encodeURIComponent(reservation.id)}`}>
          {concert.data?.name ?? t("reservation.title")}
          <span className="hidden">, {reservation.seats.join(", ")}</span>
        </Link>
      </h2>
      <p>
        {day(reservation.date)}
        <br />
        {t("reservations.seats", { count: reservation.seats.length, seats: reservation.seats.join(", ") })}
      </p>
      <p className="reservation-row">
        <span className="number">{money(reservation.amount)}</span>
        <StatusBadge status={status} />
      </p>
      {status === "held" && <p className="number">{t("reservations.payWithin", { time: left })}</p>}
    </article>
  );
}
