import { type KeyboardEvent, useCallback, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { money } from "../../app/format";
import { Button } from "../button";
import { layOut, type MapSeat, moveTo, seatNumber } from "./layout";
import { SeatLegend } from "./legend";
import { Line, MARKS, type SeatState } from "./line";
import { CELL, usePanZoom } from "./use_pan_zoom";
import "./seat_map.css";

export type { MapSeat, SeatState };

interface SeatMapProps {
  /** Name of the map for screen readers. */
  label: string;
  /** Seats in the order of the API. Keep the array while they are the same: it decides the layout. */
  seats: readonly MapSeat[];
  /** State of each seat that is not available, by its id. */
  states: ReadonlyMap<string, SeatState>;
  /** Ids of the chosen seats. */
  selected: ReadonlySet<string>;
  /** Called with a seat that is clicked, or on which Space or Enter is pressed. Without it nothing can be chosen. */
  onToggle?: (id: string) => void;
  /** States that the legend explains. */
  legend?: readonly (SeatState | "selected")[];
}

const LEGEND = ["available", "selected", "held", "sold", "mine"] as const;
/** Zoom below which the numbers of seats are too small to be read. */
const NUMBERS_FROM = 0.55;

/**
 * Renders the seats of a hall: by mouse and touch it is moved and zoomed, by keyboard the arrows go from seat to seat
 * and Space chooses. Each line is rendered again only when one of its seats changes.
 */
export function SeatMap({ label, seats, states, selected, onToggle, legend = LEGEND }: SeatMapProps) {
  const { t, i18n } = useTranslation("seatMap");
  const view = useRef<HTMLDivElement>(null);
  const help = useId();
  const layout = useMemo(() => layOut(seats), [seats]);
  const { zoom, zoomIn, zoomOut, zoomToFit, atMax, atMin } = usePanZoom(view, {
    columns: layout.columns,
    rows: layout.lines.length,
    start: [...selected][0],
  });

  const [wanted, setFocused] = useState<string | undefined>([...selected][0]);
  const focused = wanted !== undefined && layout.places.has(wanted) ? wanted : layout.lines[0]?.seats[0]?.id;
  const moved = useRef(false);
  useLayoutEffect(() => {
    if (!moved.current || focused === undefined) return;
    moved.current = false;
    view.current?.querySelector<HTMLElement>(`[data-seat="${CSS.escape(focused)}"]`)?.focus();
  }, [focused]);

  // Whoever zooms by keyboard keeps the seat in sight that has the focus.
  const keyed = useRef(false);
  useLayoutEffect(() => {
    if (keyed.current) document.activeElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
    keyed.current = false;
  }, [zoom]);

  const describe = useCallback(
    (seat: MapSeat, state: SeatState | "selected") => {
      const place =
        seat.section === null
          ? t("seatAlone", { seat: seat.id })
          : t("seat", { section: seat.section, row: seat.row, seat: seatNumber(seat) });
      return `${place}, ${money(seat.price)}, ${t(`state.${state}`)}`;
    },
    [t, i18n.language],
  );

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || focused === undefined) return;
    const at = (event.target as HTMLElement).dataset.seat ?? focused;
    keyed.current = "+=-0".includes(event.key);
    if (event.key === " " || event.key === "Enter") onToggle?.(at);
    else if (event.key === "+" || event.key === "=") zoomIn();
    else if (event.key === "-") zoomOut();
    else if (event.key === "0") zoomToFit();
    else {
      const next = moveTo(layout, at, event.key);
      if (next === undefined) {
        if (!event.key.startsWith("Arrow")) return;
      } else {
        moved.current = true;
        setFocused(next);
      }
    }
    event.preventDefault();
  };

  let at = 0;
  return (
    <div className={`seat-map${onToggle ? " choosing" : ""}`}>
      <div className="seat-tools">
        <SeatLegend states={legend} />
        <div className="row">
          <Button small look="secondary" aria-label={t("zoomOut")} disabled={atMin} onClick={zoomOut}>
            −
          </Button>
          <Button small look="secondary" aria-label={t("zoomIn")} disabled={atMax} onClick={zoomIn}>
            +
          </Button>
          <Button small look="secondary" onClick={zoomToFit}>
            {t("fit")}
          </Button>
        </div>
      </div>
      <div ref={view} className={`seat-view${zoom < NUMBERS_FROM ? " tiny" : ""}`}>
        <div
          role="grid"
          aria-label={label}
          aria-describedby={help}
          aria-multiselectable={onToggle !== undefined}
          aria-readonly={onToggle === undefined}
          aria-rowcount={layout.lines.length}
          className="seat-stage"
          style={{ "--cell": `${CELL * zoom}px`, "--columns": layout.columns } as React.CSSProperties}
          onKeyDown={key}
          onFocus={(event) => setFocused(event.target.dataset.seat)}
          onClick={(event) => {
            const seat = (event.target as HTMLElement).closest<HTMLElement>("[data-seat]")?.dataset.seat;
            if (seat !== undefined) onToggle?.(seat);
          }}
        >
          <div className="seat-front" role="presentation">
            {t("stage")}
          </div>
          {layout.sections.map((section) => (
            <div
              key={section.key}
              role="rowgroup"
              className="seat-section"
              aria-label={section.name === null ? undefined : t("section", { section: section.name })}
            >
              {section.name !== null && (
                <div className="seat-title" role="presentation">
                  <span>
                    {t("section", { section: section.name })} · {money(section.price)}
                  </span>
                </div>
              )}
              {section.lines.map((line) => {
                at += 1;
                let marks = "";
                let index = -1;
                line.seats.forEach(({ id }, number) => {
                  marks += MARKS[selected.has(id) ? "selected" : (states.get(id) ?? "available")];
                  if (id === focused) index = number;
                });
                return (
                  <Line
                    key={line.key}
                    line={line}
                    marks={marks}
                    focused={index}
                    describe={describe}
                    header={line.row === null ? undefined : t("row", { row: line.row })}
                    at={at}
                  />
                );
              })}
            </div>
          ))}
        </div>
      </div>
      <p id={help} className="muted seat-help">
        {onToggle ? t("help") : t("helpReading")}
      </p>
    </div>
  );
}
