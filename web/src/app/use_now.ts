import { useEffect, useState } from "react";
import { client } from "./client";

/** Returns the server's time in milliseconds, at intervals of `everyMs` while the component is shown. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => client.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(client.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
