import { describe, expect, it } from "vitest";
import { parseCondition } from "./json";
import {
  changeKind,
  type Condition,
  countNodes,
  createNode,
  findProblems,
  fromCondition,
  joinProblems,
  moveNode,
  placeProblems,
  toCondition,
  updateNode,
  walk,
  wrapNode,
} from "./tree";

const everything: Condition = {
  all: [
    { count: { type: "login", at_least: 5, distinct_refs: true } },
    { any: [{ streak: { type: "login", days: 3 } }, { distinct_days: { type: "visit", at_least: 2 } }] },
    { not: { external: { check: "banned", params: { region: "kr" } } } },
    { quest_cleared: { quest_id: "dragon" } },
  ],
};

describe("reading and writing", () => {
  it("returns a condition of all kinds unchanged", () => {
    expect(toCondition(fromCondition(everything))).toEqual(everything);
  });

  it("gives each node an id of its own", () => {
    const ids = [...walk(fromCondition(everything))].map(({ node }) => node.id);
    expect(ids).toHaveLength(8);
    expect(new Set(ids).size).toBe(8);
  });

  it("writes numbers as ids as texts, which mean the same", () => {
    expect(toCondition(fromCondition({ quest_cleared: { quest_id: 7 } }))).toEqual({ quest_cleared: { quest_id: "7" } });
  });
});

describe("changes", () => {
  const root = fromCondition(everything);
  const [count, any] = root.children;

  it("updates one node and keeps the others as they are", () => {
    const next = updateNode(root, any!.children[0]!.id, (node) => ({ ...node, number: "9" }));
    expect(toCondition(next)).toMatchObject({ all: [{}, { any: [{ streak: { days: 9 } }, {}] }, {}, {}] });
    expect(next.children[0]).toBe(count);
  });

  it("removes a node with all below it, and never the root", () => {
    expect(countNodes(updateNode(root, any!.id, () => null))).toBe(5);
    expect(updateNode(root, root.id, () => null)).toBe(root);
  });

  it("moves a node among its siblings, and not beyond them", () => {
    const moved = moveNode(root, any!.id, -1);
    expect(moved.children.map(({ id }) => id).slice(0, 2)).toEqual([any!.id, count!.id]);
    expect(moveNode(root, count!.id, -1)).toBe(root);
    const inner = moveNode(root, any!.children[1]!.id, -1);
    expect(inner.children[1]!.children.map(({ kind }) => kind)).toEqual(["distinct_days", "streak"]);
  });

  it("keeps a leaf as the child of the group that it becomes", () => {
    expect(toCondition(changeKind(fromCondition({ streak: { type: "a", days: 2 } }), "any"))).toEqual({
      any: [{ streak: { type: "a", days: 2 } }],
    });
  });

  it("keeps several children of a group that becomes a not", () => {
    expect(toCondition(changeKind(root, "not"))).toEqual({ not: everything });
  });

  it("keeps type and number from one kind to another", () => {
    expect(toCondition(changeKind(count!, "streak"))).toEqual({ streak: { type: "login", days: 5 } });
  });

  it("wraps a node in a group", () => {
    expect(toCondition(wrapNode(count!, "not"))).toEqual({ not: toCondition(count!) });
  });
});

describe("problems", () => {
  const problemsOf = (condition: Condition) => {
    const root = fromCondition(condition);
    const found = findProblems(root);
    return [...walk(root)].flatMap(({ node }) => (found.get(node.id) ?? []).map(({ field, key }) => `${field} ${key}`));
  };

  it("finds none in a valid condition, nor in the empty one", () => {
    expect(problemsOf(everything)).toEqual([]);
    expect(problemsOf({ all: [] })).toEqual([]);
  });

  it("finds types, numbers and names that the API refuses", () => {
    expect(problemsOf({ count: { type: "Log in", at_least: 0 } })).toEqual(["type type", "number number"]);
    expect(problemsOf({ streak: { type: "a", days: 367 } })).toEqual(["number number"]);
    expect(problemsOf({ count: { type: "a", at_least: 10_000 } })).toEqual([]);
    expect(problemsOf({ count: { type: "a", at_least: 1.5 } })).toEqual(["number number"]);
    expect(problemsOf({ quest_cleared: { quest_id: "a b" } })).toEqual(["name name"]);
  });

  it("finds a group that must have a child", () => {
    expect(problemsOf({ any: [] })).toEqual(["node children"]);
    const not = createNode("not");
    expect(findProblems(not).get(not.id)).toEqual([{ field: "node", key: "children" }]);
  });

  it("finds parameters that are too many, repeated or malformed", () => {
    const external = (params: [string, string][]) => createNode("external", { name: "vip", params });
    const keyOf = (params: [string, string][]) => [...findProblems(external(params)).values()][0]?.[0]?.key;
    expect(keyOf([["a", "1"]])).toBeUndefined();
    expect(keyOf([["a b", "1"]])).toBe("params");
    expect(keyOf([["a", "1"], ["a", "2"]])).toBe("paramsTwice");
    expect(keyOf(Array.from({ length: 17 }, (_, at) => [`p${at}`, ""]))).toBe("paramsMany");
  });

  it("finds a ninth level and a sixty-fifth node", () => {
    const nested = (levels: number): Condition => (levels === 1 ? { all: [] } : { not: nested(levels - 1) });
    expect(problemsOf(nested(8))).toEqual([]);
    expect(problemsOf(nested(9))).toEqual(["node levels"]);
    const leaf = { quest_cleared: { quest_id: "q" } };
    expect(problemsOf({ all: Array(63).fill(leaf) })).toEqual([]);
    expect(problemsOf({ all: Array(64).fill(leaf) })).toEqual(["node nodes"]);
  });
});

describe("problems of the API", () => {
  const root = fromCondition(everything);
  const placed = (field: string, prefix?: string) =>
    [...placeProblems(root, [{ field, message: "no" }], prefix)].map(([id, problems]) => [id, problems[0]!.field]);

  it("stand at their node and field", () => {
    const { children } = root;
    expect(placed("condition.all[0].count.type")).toEqual([[children[0]!.id, "type"]]);
    expect(placed("condition.all[1].any[1].distinct_days.at_least")).toEqual([[children[1]!.children[1]!.id, "number"]]);
    expect(placed("condition.all[2].not.external.check")).toEqual([[children[2]!.children[0]!.id, "name"]]);
    expect(placed("condition.all[3].quest_cleared.quest_id")).toEqual([[children[3]!.id, "name"]]);
  });

  it("stand at the last node that the tree has", () => {
    expect(placed("condition.all[0].unknown")).toEqual([[root.children[0]!.id, "node"]]);
    expect(placed("condition.all[9].count.type")).toEqual([[root.id, "type"]]);
    expect(placed("condition")).toEqual([[root.id, "node"]]);
  });

  it("of other fields are left out", () => {
    expect(placed("name")).toEqual([]);
    expect(placed("conditions.x")).toEqual([]);
  });

  it("join those that were found before", () => {
    const joined = joinProblems(new Map([[1, [{ field: "type", key: "type" }]]]), new Map([[1, [{ field: "node" }]]]));
    expect(joined.get(1)).toHaveLength(2);
  });
});

describe("parseCondition", () => {
  const problem = (text: string) => {
    const parsed = parseCondition(text);
    return "problem" in parsed ? `${parsed.problem.key} ${parsed.problem.place}` : "ok";
  };

  it("takes what the API returns", () => {
    expect(problem(JSON.stringify(everything))).toBe("ok");
  });

  it("names the place of what it cannot show", () => {
    expect(problem("{")).toBe("syntax condition");
    expect(problem("[]")).toBe("node condition");
    expect(problem('{"all":[],"any":[]}')).toBe("node condition");
    expect(problem('{"all":{}}')).toBe("list condition.all");
    expect(problem('{"all":[{"not":{"nor":1}}]}')).toBe("node condition.all[0].not");
    expect(problem('{"count":3}')).toBe("leaf condition.count");
    expect(problem('{"count":{"type":"a","atleast":3}}')).toBe("leaf condition.count.atleast");
    expect(problem('{"external":{"check":"a","params":{"x":1}}}')).toBe("leaf condition.external.params");
  });
});
