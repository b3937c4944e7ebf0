import { memo } from "react";
import { type SeatLine, type MapSeat, seatNumber } from "./layout";

/** State of a seat on the map. `blocked` seats are not sold to the public. */
export type SeatState = "available" | "held" | "sold" | "mine" | "blocked";

/** Letters by which a line is told the states of its seats, so that it is rendered again only when one changes. */
export const MARKS: Record<SeatState | "selected", string> = {
  available: "a",
  held: "h",
  sold: "s",
  mine: "m",
  blocked: "b",
  selected: "S",
};
const STATES = Object.fromEntries(Object.entries(MARKS).map(([state, mark]) => [mark, state])) as Record<
  string,
  SeatState | "selected"
>;
const GLYPHS: Partial<Record<SeatState | "selected", string>> = { selected: "✓", sold: "×", mine: "★", blocked: "–" };

/** Renders the seats of a line. Clicks and keys are handled by the map. */
export const Line = memo(function Line({ line, marks, focused, describe, header, at }: {
  line: SeatLine;
  /** A letter of `MARKS` for each seat. */
  marks: string;
  /** Index of the seat that the Tab key reaches; -1 if it is in another line. */
  focused: number;
  describe: (seat: MapSeat, state: SeatState | "selected") => string;
  /** Name of the row in words; undefined for a line without one. */
  header: string | undefined;
  /** Number of the line from the top of the map, beginning with 1. */
  at: number;
}) {
  return (
    <div role="row" className="seat-line" aria-rowindex={at}>
      {header === undefined ? (
        <span className="seat-row" />
      ) : (
        <span role="rowheader" className="seat-row" aria-label={header}>
          {line.row}
        </span>
      )}
      <span className="seat-cells" role="presentation">
        {line.seats.map((seat, index) => {
          const state = STATES[marks[index]!]!;
          return (
            <span
              key={seat.id}
              role="gridcell"
              data-seat={seat.id}
              className={`seat ${state}`}
              aria-label={describe(seat, state)}
              aria-selected={state === "selected"}
              tabIndex={index === focused ? 0 : -1}
            >
              {GLYPHS[state] ?? seatNumber(seat)}
            </span>
          );
        })}
      </span>
    </div>
  );
});
