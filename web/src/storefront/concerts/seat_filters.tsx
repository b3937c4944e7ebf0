import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { count, money } from "../../app/format";
import { Button } from "../../ui/button";
import { Select } from "../../ui/field";
import type { MapSeat } from "../../ui/seat_map/layout";
import type { SeatState } from "../../ui/seat_map/seat_map";
import type { SeatFilter } from "./best_seats";
import { SEATS_MAX } from "./use_choice";

/** Renders the limits of section and price, and the choice of the best seats within them. */
export function SeatFilters({ seats, states, filter, setFilter, busy, disabled, onBest }: {
  seats: readonly MapSeat[];
  states: ReadonlyMap<string, SeatState>;
  filter: SeatFilter;
  setFilter: (filter: SeatFilter) => void;
  busy: boolean;
  disabled: boolean;
  onBest: (count: number) => void;
}) {
  const { t } = useTranslation("concerts");
  const [best, setBest] = useState(2);
  const prices = useMemo(() => [...new Set(seats.map(({ price }) => price))].sort((a, b) => a - b), [seats]);
  const sections = useMemo(() => {
    const found = new Map<string, { price: number; free: number }>();
    for (const { id, section, price } of seats) {
      if (section === null) continue;
      const known = found.get(section) ?? { price, free: 0 };
      if (!states.has(id)) known.free += 1;
      found.set(section, known);
    }
    return [...found];
  }, [seats, states]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onBest(best);
  };
  return (
    <div className="seat-filters">
      {sections.length > 1 && (
        <Select
          label={t("filter.section")}
          value={filter.section ?? ""}
          onChange={({ target }) => setFilter({ ...filter, section: target.value || undefined })}
        >
          <option value="">{t("filter.allSections")}</option>
          {sections.map(([name, { price, free }]) => (
            <option key={name} value={name}>
              {t("filter.sectionOption", { section: name, price: money(price), free: count(free) })}
            </option>
          ))}
        </Select>
      )}
      {prices.length > 1 && (
        <Select
          label={t("filter.price")}
          value={filter.priceMax ?? ""}
          onChange={({ target }) => setFilter({ ...filter, priceMax: target.value ? Number(target.value) : undefined })}
        >
          <option value="">{t("filter.anyPrice")}</option>
          {prices.slice(0, -1).map((price) => (
            <option key={price} value={price}>
              {t("filter.priceOption", { price: money(price) })}
            </option>
          ))}
        </Select>
      )}
      <form className="seat-best" onSubmit={submit}>
        <Select label={t("best.count")} value={best} onChange={({ target }) => setBest(Number(target.value))}>
          {Array.from({ length: SEATS_MAX }, (_, at) => (
            <option key={at} value={at + 1}>
              {t("best.option", { count: at + 1 })}
            </option>
          ))}
        </Select>
        <Button type="submit" look="secondary" busy={busy} disabled={disabled}>
          {t("best.hold")}
        </Button>
      </form>
    </div>
  );
}
