import type { FieldError, Schemas } from "dibs-client";

export type Condition = Schemas["Condition"];

export const GROUPS = ["all", "any", "not"] as const;
export const KINDS = [...GROUPS, "count", "distinct_days", "streak", "quest_cleared", "external"] as const;
export type Kind = (typeof KINDS)[number];

/** Maximum number of nodes of a condition, and of levels. */
export const NODES_MAX = 64;
export const LEVELS_MAX = 8;
export const PARAMS_MAX = 16;

/** Fields of a node that may be wrong; `node` is the node as a whole. */
export type NodeField = "node" | "type" | "number" | "name" | "params";

/**
 * Node of a condition in the editor. Each kind uses some of the fields, so that a change of the kind keeps what fits.
 * Numbers are texts, since an editor has unfinished ones.
 */
export interface ConditionNode {
  /** Identifies the node for as long as it is edited. */
  id: number;
  kind: Kind;
  children: readonly ConditionNode[];
  /** Type of the activities. */
  type: string;
  /** Required number of activities or days. */
  number: string;
  distinctRefs: boolean;
  /** Id of a quest or name of a check. */
  name: string;
  params: readonly (readonly [name: string, value: string])[];
}

let lastId = 0;
function nextId() {
  lastId += 1;
  return lastId;
}

/** Creates a node with the values of `given`. */
export function createNode(kind: Kind, given: Partial<Omit<ConditionNode, "id" | "kind">> = {}): ConditionNode {
  return {
    id: nextId(),
    kind,
    children: [],
    type: "",
    number: "1",
    distinctRefs: false,
    name: "",
    params: [],
    ...given,
  };
}

export const isGroup = (kind: Kind) => (GROUPS as readonly Kind[]).includes(kind);
export const hasActivityType = (kind: Kind) => kind === "count" || kind === "distinct_days" || kind === "streak";
export const hasName = (kind: Kind) => kind === "quest_cleared" || kind === "external";

/** Whether the editor shows a field at nodes of a kind. Problems of others are shown at the node as a whole. */
export function hasField(kind: Kind, field: NodeField): boolean {
  if (field === "node") return false;
  if (field === "params") return kind === "external";
  return field === "name" ? hasName(kind) : hasActivityType(kind);
}

/** Maximum of a node's number. */
export const numberMax = (kind: Kind) => (kind === "streak" ? 366 : 10_000);

/** Reads a condition of the API into nodes. */
export function fromCondition(condition: Condition): ConditionNode {
  const [kind, value] = Object.entries(condition)[0] as [Kind, never];
  switch (kind) {
    case "all":
    case "any":
      return createNode(kind, { children: (value as Condition[]).map(fromCondition) });
    case "not":
      return createNode(kind, { children: [fromCondition(value)] });
    default: {
      const leaf = value as Partial<Record<string, unknown>>;
      return createNode(kind, {
        type: String(leaf.type ?? ""),
        number: String(leaf.at_least ?? leaf.days ?? 1),
        distinctRefs: leaf.distinct_refs === true,
        name: String(leaf.quest_id ?? leaf.check ?? ""),
        params: Object.entries((leaf.params ?? {}) as Record<string, string>),
      });
    }
  }
}

/** Writes nodes as a condition of the API. Unfinished values are written as they are, for the API to refuse. */
export function toCondition(node: ConditionNode): Condition {
  const number = node.number.trim() === "" ? Number.NaN : Number(node.number);
  switch (node.kind) {
    case "all":
      return { all: node.children.map(toCondition) };
    case "any":
      return { any: node.children.map(toCondition) };
    case "not":
      return { not: node.children[0] ? toCondition(node.children[0]) : { all: [] } };
    case "count":
      return { count: { type: node.type, at_least: number, ...(node.distinctRefs && { distinct_refs: true }) } };
    case "distinct_days":
      return { distinct_days: { type: node.type, at_least: number } };
    case "streak":
      return { streak: { type: node.type, days: number } };
    case "quest_cleared":
      return { quest_cleared: { quest_id: node.name } };
    case "external":
      return {
        external: { check: node.name, ...(node.params.length > 0 && { params: Object.fromEntries(node.params) }) },
      };
  }
}

/** Lists a node and all below it, each with its level from 1 on. */
export function* walk(node: ConditionNode, level = 1): Generator<{ node: ConditionNode; level: number }> {
  yield { node, level };
  for (const child of node.children) yield* walk(child, level + 1);
}

export const countNodes = (root: ConditionNode) => [...walk(root)].length;

/** Replaces the node `id` by what `change` makes of it; `null` removes it. The root cannot be removed. */
export function updateNode(
  root: ConditionNode,
  id: number,
  change: (node: ConditionNode) => ConditionNode | null,
): ConditionNode {
  if (root.id === id) return change(root) ?? root;
  let changed = false;
  const children = root.children.flatMap((child) => {
    const next = child.id === id ? change(child) : updateNode(child, id, change);
    changed ||= next !== child;
    return next === null ? [] : [next];
  });
  return changed ? { ...root, children } : root;
}

/**
 * Changes the kind of a node. Of a leaf that becomes a group, what it asked for is kept as the first child; several
 * children of a group that becomes a `not` are kept together in an `all`. A group that becomes a leaf loses its children.
 */
export function changeKind(node: ConditionNode, kind: Kind): ConditionNode {
  if (!isGroup(kind)) return { ...node, kind, children: [] };
  const children = isGroup(node.kind) ? node.children : [{ ...node, id: nextId() }];
  if (kind !== "not" || children.length <= 1) return { ...node, kind, children };
  return { ...node, kind, children: [createNode("all", { children })] };
}

/** Puts a group of the kind around a node. */
export const wrapNode = (node: ConditionNode, kind: (typeof GROUPS)[number]) => createNode(kind, { children: [node] });

/** Whether a group can be replaced by the only child that it has. */
export const canUnwrap = (node: ConditionNode) => isGroup(node.kind) && node.children.length === 1;

/** Moves a node by one place among its siblings, up (-1) or down (1). */
export function moveNode(root: ConditionNode, id: number, by: -1 | 1): ConditionNode {
  const from = root.children.findIndex((child) => child.id === id);
  if (from < 0) {
    const children = root.children.map((child) => moveNode(child, id, by));
    return children.some((child, place) => child !== root.children[place]) ? { ...root, children } : root;
  }
  const to = from + by;
  if (to < 0 || to >= root.children.length) return root;
  const children = [...root.children];
  [children[from], children[to]] = [children[to]!, children[from]!];
  return { ...root, children };
}

/** Problem of a node's field: a key of the texts below `condition.problem`, or a message of the API. */
export interface Problem {
  field: NodeField;
  key?: "type" | "number" | "name" | "params" | "paramsMany" | "paramsTwice" | "children" | "nodes" | "levels";
  message?: string;
}
export type Problems = ReadonlyMap<number, readonly Problem[]>;

const TYPE = /^[a-z0-9_]{1,32}$/;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Finds what the API would refuse, by the id of the node. */
export function findProblems(root: ConditionNode): Problems {
  const found = new Map<number, Problem[]>();
  const add = (id: number, problem: Problem) => found.set(id, [...(found.get(id) ?? []), problem]);
  if (countNodes(root) > NODES_MAX) add(root.id, { field: "node", key: "nodes" });
  for (const { node, level } of walk(root)) {
    if (level === LEVELS_MAX + 1) add(node.id, { field: "node", key: "levels" });
    if ((node.kind === "any" || node.kind === "not") && node.children.length === 0)
      add(node.id, { field: "node", key: "children" });
    if (hasActivityType(node.kind)) {
      if (!TYPE.test(node.type)) add(node.id, { field: "type", key: "type" });
      const number = Number(node.number);
      if (!/^\d+$/.test(node.number.trim()) || number < 1 || number > numberMax(node.kind))
        add(node.id, { field: "number", key: "number" });
    }
    if (hasName(node.kind) && !NAME.test(node.name)) add(node.id, { field: "name", key: "name" });
    if (node.kind === "external") {
      const names = node.params.map(([name]) => name);
      if (node.params.length > PARAMS_MAX) add(node.id, { field: "params", key: "paramsMany" });
      else if (new Set(names).size < names.length) add(node.id, { field: "params", key: "paramsTwice" });
      else if (node.params.some(([name, value]) => !NAME.test(name) || value.length > 256))
        add(node.id, { field: "params", key: "params" });
    }
  }
  return found;
}

const FIELDS: Record<string, NodeField> = {
  type: "type",
  at_least: "number",
  days: "number",
  quest_id: "name",
  check: "name",
  params: "params",
};

/**
 * Finds the nodes that the API refused, by paths such as `condition.all[0].count.type`. A part of a path that the tree
 * does not have stands for the last node before it.
 */
export function placeProblems(root: ConditionNode, refused: readonly FieldError[], prefix = "condition"): Problems {
  const found = new Map<number, Problem[]>();
  for (const { field, message } of refused) {
    if (field !== prefix && !field.startsWith(`${prefix}.`)) continue;
    let node = root;
    let named: NodeField = "node";
    for (const [, name, place] of field.slice(prefix.length).matchAll(/\.([^.[\]]+)(?:\[(\d+)\])?/g)) {
      const child = name === node.kind && isGroup(node.kind) ? node.children[Number(place ?? 0)] : undefined;
      const isChild = name === "not" || place !== undefined;
      if (child && isChild) node = child;
      else if (name !== undefined && FIELDS[name]) named = FIELDS[name];
    }
    found.set(node.id, [...(found.get(node.id) ?? []), { field: named, message }]);
  }
  return found;
}

/** Joins the problems that were found here and those of the API. */
export function joinProblems(...all: readonly Problems[]): Problems {
  const joined = new Map<number, Problem[]>();
  for (const problems of all)
    for (const [id, list] of problems) joined.set(id, [...(joined.get(id) ?? []), ...list]);
  return joined;
}
