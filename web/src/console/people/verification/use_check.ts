import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Progress } from "./chain";

/** Runs a verification that shows how far it is, and that can be stopped. It stops when the page is left. */
export function useCheck<Input, Result>(
  check: (input: Input, onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>,
) {
  const [progress, setProgress] = useState<Progress>();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const run = useMutation({
    mutationFn: (input: Input) => {
      const { signal } = (abort.current = new AbortController());
      setProgress({ step: "loading", done: 0 });
      return check(input, setProgress, signal);
    },
  });
  const stopped = abort.current?.signal.aborted ?? false;
  return {
    start: run.mutate,
    stop: () => abort.current?.abort(),
    progress: run.isPending ? progress : undefined,
    result: run.data,
    error: stopped ? undefined : run.error,
  };
}
