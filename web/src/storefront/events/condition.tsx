import { useTranslation } from "react-i18next";
import { count } from "../../app/format";
import { asksNothing, type Evaluation, isGroup, missing } from "./evaluation";

const KNOWN = ["login", "invite", "quest_clear"] as const;
const known = (type: string | undefined) => KNOWN.find((name) => name === type) ?? "other";

/** Returns a function that says what a part of a condition asks for, such as "Sign in on 3 days". */
export function useConditionText(): (node: Evaluation) => string {
  const { t } = useTranslation("events");
  return (node) => {
    const of = { count: node.required, type: node.type ?? "" };
    switch (node.kind) {
      case "count":
        return node.distinct_refs
          ? t(`condition.different.${known(node.type)}`, of)
          : t(`condition.count.${known(node.type)}`, of);
      case "distinct_days":
        return t(`condition.days.${known(node.type)}`, of);
      case "streak":
        return t(`condition.streak.${known(node.type)}`, of);
      case "quest_cleared":
        return t("condition.quest", { quest: String(node.quest_id) });
      case "external":
        return t("condition.external", { check: String(node.check) });
      default:
        return t(`condition.${node.kind}`);
    }
  };
}

const MARKS = { met: "✓", open: "", unknown: "?" };

/** Renders an evaluated condition: each part with what is reached, groups as nested lists. */
export function ConditionTree({ node }: { node: Evaluation }) {
  const { t } = useTranslation("events");
  if (asksNothing(node)) return <p>{t("condition.none")}</p>;
  return (
    <ul className="condition">
      <Part node={node} />
    </ul>
  );
}

/** Renders the parts of an evaluated condition that are not met. */
export function Missing({ node }: { node: Evaluation }) {
  return (
    <ul className="condition">
      {missing(node).map((part, index) => (
        <Part key={index} node={part} />
      ))}
    </ul>
  );
}

/** Renders a part and those below it. Within a negation `plain` leaves out what is reached, which would read as its opposite. */
function Part({ node, plain = false }: { node: Evaluation; plain?: boolean }) {
  const { t } = useTranslation("events");
  const textOf = useConditionText();
  const state = node.passed === true ? "met" : node.passed === false ? "open" : "unknown";
  const denied = node.kind === "not" ? node.children?.[0] : undefined;
  const isDeniedLeaf = denied !== undefined && !isGroup(denied);
  const text = isDeniedLeaf ? t("condition.without", { what: textOf(denied) }) : textOf(node);
  const children = isDeniedLeaf ? [] : (node.children ?? []);
  return (
    <li>
      <div className={`condition-part ${plain ? "" : state}`}>
        {plain ? (
          <span aria-hidden>–</span>
        ) : (
          <span className="condition-mark" role="img" aria-label={t(`state.${state}`)}>
            {MARKS[state]}
          </span>
        )}
        <div>
          <span className={isGroup(node) && !isDeniedLeaf ? "condition-group" : undefined}>{text}</span>
          {!plain && <Reached node={node} text={text} />}
        </div>
      </div>
      {children.length > 0 && (
        <ul className="condition">
          {children.map((child, index) => (
            // The parts of a condition have no identity but their place.
            <Part key={index} node={child} plain={plain || node.kind === "not"} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Renders how much of a number is reached, and what is missing. */
function Reached({ node, text }: { node: Evaluation; text: string }) {
  const { t } = useTranslation("events");
  if (node.passed == null) return <small className="condition-note">{t("condition.noAnswer")}</small>;
  if (node.kind === "not" || node.kind === "external" || node.kind === "any" || node.required <= 1) return null;
  const actual = Math.min(node.actual ?? 0, node.required);
  return (
    <>
      {!isGroup(node) && <progress value={actual} max={node.required} aria-label={text} />}
      <small className="condition-note number">
        {t("condition.reached", { actual: count(actual), required: count(node.required) })}
        {!node.passed && <> · {t("condition.more", { count: node.required - actual })}</>}
      </small>
    </>
  );
}
