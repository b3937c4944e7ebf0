import type { ReactNode } from "react";
import { duration } from "../app/format";
import { useNow } from "../app/use_now";

/** Renders the time until `until` by the server's clock, and `ended` in its place once it has come. */
export function Countdown({ until, ended }: { until: string; ended?: ReactNode }) {
  const left = Date.parse(until) - useNow();
  if (left <= 0 && ended !== undefined) return <>{ended}</>;
  return (
    <span className="live" role="timer">
      {duration(left)}
    </span>
  );
}
