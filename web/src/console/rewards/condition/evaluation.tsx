import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { count } from "../../../app/format";
import { spokenEvaluation, useSentences } from "./sentence";
import "./condition.css";

type Evaluation = Schemas["Evaluation"];

/** Renders an evaluated condition: for each node whether it holds, what it requires and what there is. */
export function EvaluationTree({ evaluation }: { evaluation: Evaluation }) {
  return (
    <ul className="evaluation">
      <EvaluatedNode evaluation={evaluation} />
    </ul>
  );
}

function EvaluatedNode({ evaluation }: { evaluation: Evaluation }) {
  const { t } = useTranslation("rewards");
  const { ofNode } = useSentences();
  const { kind, required, actual, passed, reason, children = [] } = evaluation;
  const result = passed === true ? "passed" : passed === false ? "failed" : "unknown";
  const isNumber = kind === "count" || kind === "distinct_days" || kind === "streak";
  return (
    <li className={result}>
      <span className="evaluation-mark" aria-hidden="true">
        {{ passed: "✓", failed: "✗", unknown: "?" }[result]}
      </span>
      <div>
        <strong>{ofNode(spokenEvaluation(evaluation))}</strong>{" "}
        <span className={`evaluation-result ${result}`}>{t(`evaluation.${result}`)}</span>
        {kind !== "not" && (
          <div className="muted number">
            {actual === undefined
              ? t("evaluation.required", { required: count(required) })
              : t("evaluation.numbers", { required: count(required), actual: count(actual) })}
          </div>
        )}
        {isNumber && actual !== undefined && (
          <meter min={0} max={required} value={Math.min(actual, required)} aria-label={t("evaluation.progress")} />
        )}
        {reason && <div>{t("evaluation.reason", { reason })}</div>}
        {children.length > 0 && (
          <ul>
            {children.map((child, place) => (
              // Nodes have no other identity than their place.
              <EvaluatedNode key={place} evaluation={child} />
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}
