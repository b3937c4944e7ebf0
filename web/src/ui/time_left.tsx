import { useNow } from "../app/use_now";
import { days, duration } from "../app/format";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Renders the time until `until` by the server's clock: in days while it is far away, then as a countdown. */
export function TimeLeft({ until }: { until: string }) {
  const left = Date.parse(until) - useNow();
  return (
    <span className="live" role="timer">
      {left >= 2 * DAY_MS ? days(Math.floor(left / DAY_MS)) : duration(left)}
    </span>
  );
}
