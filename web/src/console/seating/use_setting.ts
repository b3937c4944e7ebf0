import { useCallback, useEffect, useRef, useState } from "react";

/** Time without a move after which a value is sent. */
export const REST_MS = 600;
/** Time for which a value that was accepted is shown, although what is read meanwhile may be older. */
export const SETTLED_MS = 2500;

export interface Setting {
  /** Value to show: that of the reader while it is on its way, otherwise that of the server. */
  shown: number;
  state: "still" | "moved" | "sending" | "accepted";
  /** Why the newest value was refused. The value of the server is shown again. */
  error: unknown;
  /** Value that somebody else set while the reader was moving; theirs is replaced by the reader's. */
  overtaken: number | undefined;
  set: (value: number) => void;
}

/**
 * Follows a number of the server that the reader changes by a slider: a value is shown at once, sent when the slider
 * rests, and put back when it is refused. One request is under way at a time, so values arrive in their order.
 */
export function useSetting(value: number, send: (value: number) => Promise<unknown>): Setting {
  const [draft, setDraft] = useState<number>();
  const [base, setBase] = useState(value);
  const [state, setState] = useState<Setting["state"]>("still");
  const [error, setError] = useState<unknown>();
  const latest = useRef<number>(undefined);
  const busy = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sender = useRef(send);
  useEffect(() => {
    sender.current = send;
  });

  const flush = useCallback(async () => {
    clearTimeout(timer.current);
    const sent = latest.current;
    if (sent === undefined || busy.current) return;
    busy.current = true;
    setState("sending");
    try {
      await sender.current(sent);
      busy.current = false;
      if (latest.current !== sent) return void flush();
      latest.current = undefined;
      setState("accepted");
      timer.current = setTimeout(() => {
        setDraft(undefined);
        setState("still");
      }, SETTLED_MS);
    } catch (failure) {
      busy.current = false;
      if (latest.current !== sent) return void flush();
      latest.current = undefined;
      setDraft(undefined);
      setError(failure);
      setState("still");
    }
  }, []);

  // What was chosen just before leaving the page is sent.
  useEffect(
    () => () => {
      void flush();
      clearTimeout(timer.current);
    },
    [flush],
  );

  const set = useCallback(
    (next: number) => {
      if (latest.current === undefined) setBase(value);
      latest.current = next;
      setDraft(next);
      setError(undefined);
      setState((before) => (before === "sending" ? before : "moved"));
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), REST_MS);
    },
    [flush, value],
  );

  const pending = state === "moved" || state === "sending";
  return {
    shown: draft ?? value,
    state,
    error,
    overtaken: pending && value !== base && value !== draft ? value : undefined,
    set,
  };
}
