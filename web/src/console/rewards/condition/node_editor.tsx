import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/button";
import { NodeFields } from "./node_fields";
import { useSentences } from "./sentence";
import {
  canUnwrap,
  changeKind,
  type ConditionNode,
  createNode,
  GROUPS,
  hasField,
  isGroup,
  type Kind,
  KINDS,
  LEVELS_MAX,
  type Problem,
  type Problems,
  wrapNode,
} from "./tree";

interface NodeEditorProps {
  node: ConditionNode;
  /** Place among its siblings, and their number. */
  place: number;
  siblings: number;
  level: number;
  added: number | undefined;
  problems: Problems;
  /** Whether no further node fits. */
  full: boolean;
  onUpdate: (id: number, change: (node: ConditionNode) => ConditionNode | null) => void;
  onMove: (id: number, by: -1 | 1) => void;
  onAdded: (id: number) => void;
}

/** Renders one node of a condition with its fields, its problems and its children. */
export function NodeEditor({ node, place, siblings, level, ...shared }: NodeEditorProps) {
  const { t } = useTranslation("rewards");
  const { ofNode } = useSentences();
  const { added, problems, full, onUpdate, onMove, onAdded } = shared;
  const kind = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    if (added === node.id) kind.current?.focus();
  }, [added, node.id]);

  const sentence = ofNode(node);
  const own = problems.get(node.id) ?? [];
  const textOf = (problem: Problem | undefined) =>
    problem &&
    (problem.key
      ? t(`condition.problem.${problem.key}`, { max: node.kind === "streak" ? 366 : 10_000 })
      : problem.message);
  const errors = Object.fromEntries(
    (["type", "number", "name", "params"] as const).map((field) => [
      field,
      textOf(own.find((one) => one.field === field)),
    ]),
  );
  const add = (child: ConditionNode) => {
    onUpdate(node.id, (found) => ({ ...found, children: [...found.children, child] }));
    onAdded(child.id);
  };
  // A group with children stays a group, so that a choice by mistake loses nothing.
  const kinds: readonly Kind[] = node.children.length > 0 ? GROUPS : KINDS;
  const takesChild = isGroup(node.kind) && !(node.kind === "not" && node.children.length > 0) && level < LEVELS_MAX;

  return (
    <li className={`condition-node ${isGroup(node.kind) ? "group" : "leaf"}`}>
      <div className="condition-head">
        <strong>{sentence}</strong>
        <div className="row">
          {siblings > 1 && (
            <>
              <Button
                small
                look="secondary"
                disabled={place === 0}
                aria-label={t("condition.up", { sentence })}
                onClick={() => onMove(node.id, -1)}
              >
                ↑
              </Button>
              <Button
                small
                look="secondary"
                disabled={place === siblings - 1}
                aria-label={t("condition.down", { sentence })}
                onClick={() => onMove(node.id, 1)}
              >
                ↓
              </Button>
            </>
          )}
          <Button
            small
            look="secondary"
            disabled={full}
            aria-label={t("condition.wrapLabel", { sentence })}
            onClick={() => onUpdate(node.id, (found) => wrapNode(found, "all"))}
          >
            {t("condition.wrap")}
          </Button>
          {canUnwrap(node) && (
            <Button
              small
              look="secondary"
              aria-label={t("condition.unwrapLabel", { sentence })}
              onClick={() => onUpdate(node.id, (found) => found.children[0] ?? found)}
            >
              {t("condition.unwrap")}
            </Button>
          )}
          {level > 1 && (
            <Button
              small
              look="secondary"
              aria-label={t("condition.removeLabel", { sentence })}
              onClick={() => onUpdate(node.id, () => null)}
            >
              {t("condition.remove")}
            </Button>
          )}
        </div>
      </div>
      {own
        .filter(({ field }) => !hasField(node.kind, field))
        .map((problem) => (
          <p key={problem.key ?? problem.message} className="condition-problem" role="alert">
            {textOf(problem)}
          </p>
        ))}
      <div className="condition-fields">
        <div className="field">
          <label htmlFor={`kind-${node.id}`}>{t("condition.kind")}</label>
          <select
            ref={kind}
            id={`kind-${node.id}`}
            value={node.kind}
            onChange={(event) => {
              const next = event.target.value as Kind;
              onUpdate(node.id, (found) =>
                isBlank(found) && isGroup(next) ? { ...found, kind: next } : changeKind(found, next),
              );
            }}
          >
            {kinds.map((name) => (
              <option key={name} value={name}>
                {t(`condition.kinds.${name}`)}
              </option>
            ))}
          </select>
        </div>
        <NodeFields
          node={node}
          errors={errors}
          onChange={(change) => onUpdate(node.id, (found) => ({ ...found, ...change }))}
        />
      </div>
      {node.children.length > 0 && (
        <ul>
          {node.children.map((child, at) => (
            <NodeEditor
              key={child.id}
              {...shared}
              node={child}
              place={at}
              siblings={node.children.length}
              level={level + 1}
            />
          ))}
        </ul>
      )}
      {takesChild && (
        <div className="row">
          <Button small look="secondary" disabled={full} onClick={() => add(createNode("count"))}>
            {t("condition.add")}
          </Button>
          <Button
            small
            look="secondary"
            disabled={full}
            onClick={() => add(createNode(node.kind === "any" ? "all" : "any"))}
          >
            {t("condition.addGroup")}
          </Button>
        </div>
      )}
    </li>
  );
}

/** Whether nothing was entered in a leaf yet, so that there is nothing to keep. */
const isBlank = (node: ConditionNode) => !isGroup(node.kind) && node.type === "" && node.name === "";
