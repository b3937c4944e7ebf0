import type { Schemas } from "dibs-client";

export type Evaluation = Schemas["Evaluation"];
export type Condition = Schemas["Condition"];

/** Nodes that combine others. */
export const isGroup = (node: Evaluation) => node.kind === "all" || node.kind === "any" || node.kind === "not";

/** Returns whether a condition has no parts, so that everybody meets it. */
export const asksNothing = (node: Evaluation) => node.kind === "all" && (node.children ?? []).length === 0;

/**
 * Returns a reward's own condition from its evaluation, which combines it with that of the event, or the evaluation
 * itself if it has another form.
 */
export function ownCondition(node: Evaluation): Evaluation {
  const [event, own, ...others] = node.children ?? [];
  return node.kind === "all" && event && own && others.length === 0 ? own : node;
}

/** Returns how far a condition is met, from 0 to 1. Of alternatives the nearest one counts. */
export function share(node: Evaluation): number {
  if (node.passed) return 1;
  const children = node.children ?? [];
  switch (node.kind) {
    case "all":
      return children.length === 0 ? 1 : children.reduce((sum, child) => sum + share(child), 0) / children.length;
    case "any":
      return Math.max(0, ...children.map(share));
    case "count":
    case "distinct_days":
    case "streak":
      return node.required === 0 ? 1 : Math.min(1, (node.actual ?? 0) / node.required);
    default:
      return 0;
  }
}

/** Returns the leaves that are not met and have to be, in the order of the condition: of alternatives the nearest one. */
export function missing(node: Evaluation): Evaluation[] {
  if (node.passed) return [];
  const children = node.children ?? [];
  if (node.kind === "all") return children.flatMap(missing);
  if (node.kind === "any") {
    const nearest = children.reduce<Evaluation | undefined>(
      (best, child) => (best === undefined || share(child) > share(best) ? child : best),
      undefined,
    );
    return nearest ? missing(nearest) : [];
  }
  return [node];
}

/** Returns whether an outside service takes part in a condition; asking it counts against a limit of the user. */
export function asksOutside(condition: Condition): boolean {
  if (condition.external) return true;
  if (condition.not) return asksOutside(condition.not);
  return [...(condition.all ?? []), ...(condition.any ?? [])].some(asksOutside);
}
