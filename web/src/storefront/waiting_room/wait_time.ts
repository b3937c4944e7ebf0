/** Range of a waiting time in a unit that a person plans with. `max` is absent if nobody can say. */
export interface WaitTime {
  unit: "seconds" | "minutes" | "hours";
  min: number;
  max: number | undefined;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Rounds a range of seconds outwards: to ten seconds below two minutes, to minutes below two hours, then to hours. */
export function waitTime({ min, max }: { min: number; max: number | null }): WaitTime {
  const longest = max ?? min;
  if (longest < 2 * MINUTE) return rounded("seconds", min, max, 10, 1);
  if (longest < 2 * HOUR) return rounded("minutes", min, max, MINUTE, MINUTE);
  return rounded("hours", min, max, HOUR, HOUR);
}

function rounded(unit: WaitTime["unit"], min: number, max: number | null, step: number, size: number): WaitTime {
  return {
    unit,
    min: (Math.floor(min / step) * step) / size,
    max: max === null ? undefined : Math.max(step / size, (Math.ceil(max / step) * step) / size),
  };
}
