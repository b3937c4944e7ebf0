import { type Condition, KINDS, type Kind } from "./tree";

/** Reason why a text is not a condition: a key of the texts below `json.problem`, and the place within the text. */
export interface JsonProblem {
  key: "syntax" | "node" | "list" | "leaf";
  /** Path such as `condition.all[0]`. */
  place: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads a condition that somebody wrote or copied. Checks its form only, so that the editor can show it; values are
 * checked by `findProblems`, at their nodes.
 */
export function parseCondition(text: string): { condition: Condition } | { problem: JsonProblem } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: { key: "syntax", place: "condition" } };
  }
  const problem = checkNode(value, "condition");
  return problem ? { problem } : { condition: value as Condition };
}

function checkNode(value: unknown, place: string): JsonProblem | undefined {
  if (!isObject(value)) return { key: "node", place };
  const members = Object.entries(value);
  const [kind, inner] = members[0] ?? [];
  if (members.length !== 1 || !KINDS.includes(kind as Kind)) return { key: "node", place };
  const below = `${place}.${kind}`;
  if (kind === "not") return checkNode(inner, below);
  if (kind !== "all" && kind !== "any")
    return isObject(inner) ? checkLeaf(kind as Kind, inner, below) : { key: "leaf", place: below };
  if (!Array.isArray(inner)) return { key: "list", place: below };
  for (const [at, child] of inner.entries()) {
    const problem = checkNode(child, `${below}[${at}]`);
    if (problem) return problem;
  }
  return undefined;
}

const MEMBERS: Partial<Record<Kind, readonly string[]>> = {
  count: ["type", "at_least", "distinct_refs"],
  distinct_days: ["type", "at_least"],
  streak: ["type", "days"],
  quest_cleared: ["quest_id"],
  external: ["check", "params"],
};

/** Finds members that the editor does not know and would lose. */
function checkLeaf(kind: Kind, leaf: Record<string, unknown>, place: string): JsonProblem | undefined {
  const unknown = Object.keys(leaf).find((member) => !MEMBERS[kind]?.includes(member));
  if (unknown !== undefined) return { key: "leaf", place: `${place}.${unknown}` };
  const { params } = leaf;
  if (params !== undefined && !(isObject(params) && Object.values(params).every((text) => typeof text === "string")))
    return { key: "leaf", place: `${place}.params` };
  return undefined;
}
