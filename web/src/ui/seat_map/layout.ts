/** Seat as the API lists it: seats of a row follow each other. */
export interface MapSeat {
  id: string;
  section: string | null;
  row: string | null;
  price: number;
}

/** Row of the map, or a part of a row that is too long for one line. */
export interface SeatLine {
  key: string;
  row: string | null;
  seats: readonly MapSeat[];
}

/** Section of the map with its lines, the one next to the stage first. */
export interface SeatSection {
  key: string;
  name: string | null;
  price: number;
  lines: readonly SeatLine[];
}

export interface SeatLayout {
  sections: readonly SeatSection[];
  /** All lines from top to bottom. */
  lines: readonly SeatLine[];
  /** Number of seats of the longest line. */
  columns: number;
  /** Line and index of each seat by its id. */
  places: ReadonlyMap<string, { line: number; index: number }>;
}

/** Seats a line of a hall without named rows has at most. */
const UNNAMED_ROW = 25;

/** Returns the number of a seat within its row: the end of its name, which begins with section and row. */
export function seatNumber({ id, section, row }: MapSeat): string {
  const prefix = `${section}-${row}-`;
  return section !== null && row !== null && id.startsWith(prefix) ? id.slice(prefix.length) : id;
}

/** Arranges seats in sections and lines, in the order of the list. */
export function layOut(seats: readonly MapSeat[]): SeatLayout {
  const sections: { key: string; name: string | null; price: number; lines: SeatLine[] }[] = [];
  for (const seat of seats) {
    let section = sections.at(-1);
    if (!section || section.name !== seat.section) {
      section = { key: `${sections.length}`, name: seat.section, price: seat.price, lines: [] };
      sections.push(section);
    }
    const last = section.lines.at(-1);
    const sameRow = last !== undefined && last.row === seat.row;
    if (sameRow && (seat.row !== null || last.seats.length < UNNAMED_ROW)) {
      (last.seats as MapSeat[]).push(seat);
    } else {
      const key = `${section.key}/${section.lines.length}`;
      section.lines.push({ key, row: seat.row, seats: [seat] });
    }
  }
  const lines = sections.flatMap((section) => section.lines);
  const places = new Map<string, { line: number; index: number }>();
  lines.forEach((line, at) => line.seats.forEach((seat, index) => places.set(seat.id, { line: at, index })));
  return { sections, lines, columns: Math.max(0, ...lines.map((line) => line.seats.length)), places };
}

/** Returns the seat to which a key moves from the seat `from`; undefined if the key does not move. */
export function moveTo(layout: SeatLayout, from: string, key: string): string | undefined {
  const place = layout.places.get(from);
  if (!place) return undefined;
  const { lines } = layout;
  const here = lines[place.line]!;
  switch (key) {
    case "ArrowRight":
      return here.seats[place.index + 1]?.id ?? lines[place.line + 1]?.seats[0]?.id;
    case "ArrowLeft":
      return here.seats[place.index - 1]?.id ?? lines[place.line - 1]?.seats.at(-1)?.id;
    case "ArrowDown":
      return nearest(here, place.index, lines[place.line + 1]);
    case "ArrowUp":
      return nearest(here, place.index, lines[place.line - 1]);
    case "Home":
      return here.seats[0]?.id;
    case "End":
      return here.seats.at(-1)?.id;
    case "PageDown":
    case "PageUp": {
      const section = layout.sections.findIndex((one) => one.lines.includes(here));
      const next = layout.sections[section + (key === "PageDown" ? 1 : -1)];
      return next && nearest(here, place.index, next.lines[0]);
    }
    default:
      return undefined;
  }
}

/** Returns the seat of `line` nearest to the seat `index` of `from`. Lines are centered. */
function nearest(from: SeatLine, index: number, line: SeatLine | undefined): string | undefined {
  if (!line) return undefined;
  const at = Math.round(index + (line.seats.length - from.seats.length) / 2);
  return line.seats[Math.max(0, Math.min(line.seats.length - 1, at))]?.id;
}
