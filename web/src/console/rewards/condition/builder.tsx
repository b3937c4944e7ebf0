import { useState } from "react";
import { useTranslation } from "react-i18next";
import { JsonView } from "./json_view";
import { NodeEditor } from "./node_editor";
import { useSentences } from "./sentence";
import { type ConditionNode, countNodes, moveNode, NODES_MAX, type Problems, updateNode } from "./tree";
import "./condition.css";

/** Renders an editor for a condition: its sentence, its tree, and its JSON. */
export function ConditionBuilder({ label, root, problems, onChange }: {
  label: string;
  root: ConditionNode;
  /** Problems to show at their nodes. */
  problems: Problems;
  onChange: (root: ConditionNode) => void;
}) {
  const { t } = useTranslation("rewards");
  const { whole } = useSentences();
  // Node that was added last, whose kind gets the focus.
  const [added, setAdded] = useState<number>();
  return (
    <fieldset className="group condition">
      <legend>{label}</legend>
      <p className="condition-whole" role="status">
        {whole(root)}
      </p>
      <ul>
        <NodeEditor
          node={root}
          place={0}
          siblings={1}
          level={1}
          added={added}
          problems={problems}
          full={countNodes(root) >= NODES_MAX}
          onUpdate={(id, change) => onChange(updateNode(root, id, change))}
          onMove={(id, by) => onChange(moveNode(root, id, by))}
          onAdded={setAdded}
        />
      </ul>
      <details>
        <summary>{t("json.title")}</summary>
        <JsonView root={root} onTake={onChange} />
      </details>
    </fieldset>
  );
}
