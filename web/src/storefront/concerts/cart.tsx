import { useTranslation } from "react-i18next";
import { duration, money } from "../../app/format";
import { Button } from "../../ui/button";
import { type MapSeat, seatNumber } from "../../ui/seat_map/layout";
import { SEATS_MAX } from "./use_choice";

/** Renders the chosen seats with their price, and the button that holds them. */
export function Cart({ seats, lost, holdSeconds, busy, onRemove, onHold }: {
  seats: readonly MapSeat[];
  /** Seats that somebody else took meanwhile. */
  lost: readonly string[];
  holdSeconds: number;
  busy: boolean;
  onRemove: (id: string) => void;
  onHold: () => void;
}) {
  const { t } = useTranslation("concerts");
  const total = seats.reduce((sum, { price }) => sum + price, 0);
  return (
    <section className="card seat-cart" aria-labelledby="seat-cart">
      <h2 id="seat-cart">{t("cart.title")}</h2>
      <ul>
        {seats.map((seat) => (
          <li key={seat.id}>
            <SeatName seat={seat} />
            <span className="number">{money(seat.price)}</span>
            <Button
              look="plain"
              small
              disabled={busy}
              aria-label={t("cart.remove", { seat: seat.id })}
              onClick={() => onRemove(seat.id)}
            >
              ×
            </Button>
          </li>
        ))}
        {lost.map((seat) => (
          <li key={seat} className="seat-lost">
            <s>{seat}</s> <span>{t("cart.lost")}</span>
          </li>
        ))}
      </ul>
      {seats.length === 0 && lost.length === 0 && (
        <p className="muted seat-cart-hint">{t("cart.empty", { most: SEATS_MAX })}</p>
      )}
      <p className="seat-total" role="status">
        <span>{t("cart.count", { count: seats.length })}</span>
        <strong className="number">{money(total)}</strong>
      </p>
      <Button busy={busy} disabled={seats.length === 0} onClick={onHold}>
        {t("cart.hold")}
      </Button>
      <p className="muted seat-cart-hint">{t("cart.held", { time: duration(holdSeconds * 1000) })}</p>
    </section>
  );
}

/** Renders the name of a seat in words. */
export function SeatName({ seat }: { seat: MapSeat }) {
  const { t } = useTranslation("concerts");
  const { section, row } = seat;
  const place = { section, row, seat: seatNumber(seat) };
  return <span>{section === null || row === null ? t("seatAlone", place) : t("seat", place)}</span>;
}
