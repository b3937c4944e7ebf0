import { useCallback, useEffect, useState } from "react";
import type { SeatState } from "../../ui/seat_map/seat_map";

/** Seats that one reservation may have. */
export const SEATS_MAX = 4;
const PARAMETER = "seats";

function fromAddress(): string[] {
  const text = new URLSearchParams(location.search).get(PARAMETER) ?? "";
  return [...new Set(text.split(",").filter(Boolean))].slice(0, SEATS_MAX);
}

function toAddress(chosen: readonly string[]) {
  const url = new URL(location.href);
  if (chosen.length > 0) url.searchParams.set(PARAMETER, chosen.join(","));
  else url.searchParams.delete(PARAMETER);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

/**
 * Keeps which seats the user chooses, in the address too, so that a reload or the way through the waiting room loses
 * none. A seat that somebody else takes meanwhile is given up and named in `lost`, unless `paused`.
 */
export function useChoice({ exists, states, paused, onLost }: {
  /** Whether the date has the seat; undefined while the seats are being read. */
  exists: ((id: string) => boolean) | undefined;
  states: ReadonlyMap<string, SeatState>;
  /** While a hold is sent, its own seats appear as held. */
  paused: boolean;
  onLost: (seats: readonly string[]) => void;
}) {
  const [chosen, setChosen] = useState(fromAddress);
  const [lost, setLost] = useState<readonly string[]>([]);

  const change = useCallback((next: string[]) => {
    setChosen(next);
    setLost([]);
    toAddress(next);
  }, []);

  const drop = useCallback(
    (seats: readonly string[], tell: boolean) => {
      const next = chosen.filter((seat) => !seats.includes(seat));
      if (next.length === chosen.length) return;
      setChosen(next);
      toAddress(next);
      if (!tell) return;
      setLost((before) => [...new Set([...before, ...seats])]);
      onLost(seats);
    },
    [chosen, onLost],
  );

  useEffect(() => {
    if (paused || !exists) return;
    const gone = chosen.filter((seat) => states.has(seat) && states.get(seat) !== "mine");
    const others = chosen.filter((seat) => !exists(seat) || states.get(seat) === "mine");
    if (others.length > 0) drop(others, false);
    else if (gone.length > 0) drop(gone, true);
  }, [chosen, exists, states, paused, drop]);

  return { chosen, lost, change, drop };
}
