import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/button";
import { Checkbox, Field } from "../../../ui/field";
import { type ConditionNode, hasActivityType, hasName, numberMax, PARAMS_MAX } from "./tree";

type Change = Partial<Omit<ConditionNode, "id">>;

/** Renders the fields that the kind of a node has. */
export function NodeFields({
  node,
  errors,
  onChange,
}: {
  node: ConditionNode;
  errors: Record<string, string | undefined>;
  onChange: (change: Change) => void;
}) {
  const { t } = useTranslation("rewards");
  const types = useId();
  return (
    <>
      {hasActivityType(node.kind) && (
        <>
          <Field
            label={t("condition.type")}
            hint={t("condition.typeHint")}
            error={errors.type}
            list={types}
            autoComplete="off"
            spellCheck={false}
            value={node.type}
            onChange={(event) => onChange({ type: event.target.value })}
          />
          <datalist id={types}>
            <option value="login" />
            <option value="quest_clear" />
          </datalist>
          <Field
            label={
              node.kind === "count"
                ? t("condition.atLeast")
                : node.kind === "streak"
                  ? t("condition.days")
                  : t("condition.atLeastDays")
            }
            error={errors.number}
            type="number"
            inputMode="numeric"
            min={1}
            max={numberMax(node.kind)}
            value={node.number}
            onChange={(event) => onChange({ number: event.target.value })}
          />
        </>
      )}
      {node.kind === "count" && (
        <Checkbox
          label={t("condition.distinctRefs")}
          checked={node.distinctRefs}
          onChange={(event) => onChange({ distinctRefs: event.target.checked })}
        />
      )}
      {hasName(node.kind) && (
        <Field
          label={node.kind === "external" ? t("condition.check") : t("condition.quest")}
          hint={node.kind === "external" ? t("condition.checkHint") : t("condition.questHint")}
          error={errors.name}
          autoComplete="off"
          spellCheck={false}
          value={node.name}
          onChange={(event) => onChange({ name: event.target.value })}
        />
      )}
      {node.kind === "external" && <Params node={node} error={errors.params} onChange={onChange} />}
    </>
  );
}

/** Renders the parameters that are sent to the outside service. */
function Params({
  node,
  error,
  onChange,
}: {
  node: ConditionNode;
  error: string | undefined;
  onChange: (change: Change) => void;
}) {
  const { t } = useTranslation("rewards");
  const set = (at: number, pair: readonly [string, string]) =>
    onChange({ params: node.params.map((old, place) => (place === at ? pair : old)) });
  return (
    <div className="condition-params">
      {node.params.map(([name, value], at) => (
        // Parameters have no other identity than their place.
        <div key={at} className="row">
          <input
            aria-label={t("condition.paramName", { place: at + 1 })}
            placeholder={t("condition.paramNameShort")}
            value={name}
            onChange={(event) => set(at, [event.target.value, value])}
          />
          <input
            aria-label={t("condition.paramValue", { place: at + 1 })}
            placeholder={t("condition.paramValueShort")}
            value={value}
            onChange={(event) => set(at, [name, event.target.value])}
          />
          <Button
            small
            look="secondary"
            aria-label={t("condition.paramRemove", { place: at + 1 })}
            onClick={() => onChange({ params: node.params.filter((_, place) => place !== at) })}
          >
            ×
          </Button>
        </div>
      ))}
      {error && (
        <small className="condition-problem" role="alert">
          {error}
        </small>
      )}
      {node.params.length < PARAMS_MAX && (
        <Button small look="secondary" onClick={() => onChange({ params: [...node.params, ["", ""]] })}>
          {t("condition.paramAdd")}
        </Button>
      )}
    </div>
  );
}
