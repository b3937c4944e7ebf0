import { useTranslation } from "react-i18next";
import type { SeatState } from "./line";

/** Renders what the colors and signs of seats mean. */
export function SeatLegend({ states }: { states: readonly (SeatState | "selected")[] }) {
  const { t } = useTranslation("seatMap");
  return (
    <ul className="seat-legend" aria-label={t("legend")}>
      {states.map((state) => (
        <li key={state}>
          <span className={`seat sample ${state}`} aria-hidden="true">
            {t(`glyph.${state}`)}
          </span>
          {t(`state.${state}`)}
        </li>
      ))}
    </ul>
  );
}
