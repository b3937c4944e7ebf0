import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client";
import { addOutcomes, type Decided, type Decision, type Outcomes, splitDecisions } from "./decisions";

export interface DecisionRun {
  /** Outcomes of all decisions since the page was opened. */
  outcomes: Outcomes;
  /** Run that goes on, failed or ended last. */
  progress: { total: number; done: number } | undefined;
  isRunning: boolean;
  error: unknown;
  decide: (requests: readonly Decided[], decision: Decision) => void;
  /** Goes on after a failure, with what has no answer. */
  resume: () => void;
}

interface Run {
  requests: readonly Decided[];
  decision: Decision;
}

/** Decides about requests, a hundred a call. A repeat of the same decision changes nothing more, so calls are repeated. */
export function useDecisions(onEnd: (outcomes: Outcomes) => void): DecisionRun {
  const [outcomes, setOutcomes] = useState<Outcomes>(new Map());
  const [progress, setProgress] = useState<DecisionRun["progress"]>();
  const [left, setLeft] = useState<Run>();
  const run = useMutation({
    mutationFn: async ({ requests, decision }: Run) => {
      let known = outcomes;
      const calls = splitDecisions(requests);
      for (const [at, call] of calls.entries()) {
        setLeft({ requests: calls.slice(at).flat(), decision });
        const answers = await client.patch("/events/requests", { body: { ids: call, ...decision }, repeatable: true });
        known = addOutcomes(known, call, decision.action, answers);
        setOutcomes(known);
        setProgress((old) => old && { ...old, done: old.done + call.length });
      }
      setLeft(undefined);
      return known;
    },
    onSuccess: onEnd,
  });
  return {
    outcomes,
    progress,
    isRunning: run.isPending,
    error: run.error,
    decide: (requests, decision) => {
      setProgress({ total: requests.length, done: 0 });
      run.mutate({ requests, decision });
    },
    resume: () => left && run.mutate(left),
  };
}
