import type { Schemas } from "dibs-client";

type Action = Schemas["RequestDecisions"]["action"];
type Outcome = Schemas["RequestDecisionOutcome"];

/** Maximum number of requests in one call. */
export const CALL_MAX = 100;

export interface Decision {
  action: Action;
  reason: string;
  message: string | null;
}

/** Request with the version that the decision is based on. */
export interface Decided {
  id: string;
  version: number;
}

/** Divides requests into calls. */
export function splitDecisions(requests: readonly Decided[], max = CALL_MAX): Decided[][] {
  const calls: Decided[][] = [];
  for (let at = 0; at < requests.length; at += max) calls.push(requests.slice(at, at + max));
  return calls;
}

/** Outcome of a decision on one request, with the version that it was based on. */
export interface KnownOutcome {
  version: number;
  action: Action;
  outcome: Outcome;
}
export type Outcomes = ReadonlyMap<string, KnownOutcome>;

/** Adds the answers to a call. */
export function addOutcomes(
  known: Outcomes,
  call: readonly Decided[],
  action: Action,
  answers: readonly Outcome[],
): Outcomes {
  const next = new Map(known);
  for (const [at, { id, version }] of call.entries()) {
    const outcome = answers[at];
    if (outcome) next.set(id, { version, action, outcome });
  }
  return next;
}

export const wasDecided = ({ outcome }: KnownOutcome) => outcome.error == null;

/**
 * Returns the rows that are still to be worked off: a list may show a decided request for a moment longer, in the
 * version that the decision was based on or in one that the decision made.
 */
export function openRows<Row extends Decided>(
  rows: readonly Row[],
  outcomes: Outcomes,
  inReview: (row: Row) => boolean,
): Row[] {
  return rows.filter((row) => {
    const known = outcomes.get(row.id);
    if (!known || !wasDecided(known)) return true;
    return row.version > known.version && inReview(row);
  });
}

/** Counts outcomes. */
export function tally(outcomes: Iterable<KnownOutcome>): { approved: number; rejected: number; refused: number } {
  const found = { approved: 0, rejected: 0, refused: 0 };
  for (const known of outcomes) {
    if (!wasDecided(known)) found.refused += 1;
    else if (known.action === "approve") found.approved += 1;
    else found.rejected += 1;
  }
  return found;
}
