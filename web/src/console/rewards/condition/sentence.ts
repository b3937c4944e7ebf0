import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { type ConditionNode, fromCondition, type Kind } from "./tree";

type Evaluation = Schemas["Evaluation"];

/** What a sentence about a node needs to know, of a node in the editor or an evaluated one. */
export interface Spoken {
  kind: Kind;
  children: readonly Spoken[];
  type: string;
  number: string;
  distinctRefs: boolean;
  name: string;
  params: ConditionNode["params"];
}

/** Returns an evaluated node as one to speak of. */
export function spokenEvaluation(evaluation: Evaluation): Spoken {
  return {
    kind: evaluation.kind,
    children: (evaluation.children ?? []).map(spokenEvaluation),
    type: evaluation.type ?? "",
    number: String(evaluation.required),
    distinctRefs: evaluation.distinct_refs ?? false,
    name: String(evaluation.quest_id ?? evaluation.check ?? ""),
    params: [],
  };
}

/** Returns functions that say in the reader's language what a node asks for. */
export function useSentences() {
  const { t } = useTranslation("rewards");

  /** Says what one node asks for, without its children. */
  const ofNode = (node: Spoken): string => {
    const count = Number(node.number) || 0;
    const type = node.type || "…";
    const name = node.name || "…";
    switch (node.kind) {
      case "all":
        return node.children.length === 0 ? t("sentence.everybody") : t("sentence.all");
      case "any":
        return t("sentence.any");
      case "not":
        return t("sentence.not");
      case "count":
        return node.distinctRefs ? t("sentence.countRefs", { type, count }) : t("sentence.count", { type, count });
      case "distinct_days":
        return t("sentence.distinctDays", { type, count });
      case "streak":
        return t("sentence.streak", { type, count });
      case "quest_cleared":
        return t("sentence.quest", { name });
      case "external": {
        const params = node.params.map(([key, value]) => `${key} = ${value}`).join(", ");
        return params ? t("sentence.externalParams", { name, params }) : t("sentence.external", { name });
      }
    }
  };

  /** Says what a node and all below it ask for, in one sentence. */
  const whole = (node: Spoken): string => {
    if (node.kind === "not") return t("sentence.notInner", { inner: node.children.map(whole).join("") || "…" });
    if (node.kind !== "all" && node.kind !== "any") return ofNode(node);
    if (node.children.length === 0) return node.kind === "all" ? t("sentence.everybody") : "…";
    const joint = node.kind === "all" ? t("sentence.and") : t("sentence.or");
    const parts = node.children.map((child) => {
      const inner = whole(child);
      const mixes = (child.kind === "all" || child.kind === "any") && child.children.length > 1;
      return mixes && node.children.length > 1 ? `(${inner})` : inner;
    });
    return parts.join(joint);
  };

  return { ofNode, whole, ofCondition: (condition: Schemas["Condition"]) => whole(fromCondition(condition)) };
}
