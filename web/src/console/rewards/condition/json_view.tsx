import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/button";
import { TextArea } from "../../../ui/field";
import { useToast } from "../../../ui/toast";
import { parseCondition } from "./json";
import { type ConditionNode, fromCondition, toCondition } from "./tree";

/** Renders the condition as JSON, to copy it and to take over one that was written elsewhere. */
export function JsonView({ root, onTake }: { root: ConditionNode; onTake: (root: ConditionNode) => void }) {
  const { t } = useTranslation(["rewards", "common"]);
  const toast = useToast();
  const present = JSON.stringify(toCondition(root), null, 2);
  // What was typed, until it is taken over.
  const [typed, setTyped] = useState<string>();
  const [error, setError] = useState<string>();
  const take = () => {
    const parsed = parseCondition(typed ?? present);
    if ("problem" in parsed) {
      setError(t(`json.problem.${parsed.problem.key}`, { place: parsed.problem.place }));
      return;
    }
    setError(undefined);
    setTyped(undefined);
    onTake(fromCondition(parsed.condition));
    toast(t("json.taken"));
  };
  return (
    <>
      <TextArea
        label={t("json.label")}
        hint={t("json.hint")}
        error={error}
        className="condition-json"
        rows={Math.min(24, (typed ?? present).split("\n").length + 1)}
        spellCheck={false}
        value={typed ?? present}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="row">
        <Button small look="secondary" disabled={typed === undefined} onClick={take}>
          {t("json.take")}
        </Button>
        <Button
          small
          look="secondary"
          onClick={() =>
            navigator.clipboard?.writeText(typed ?? present).then(
              () => toast(t("common:copied")),
              () => toast(t("json.copyFailed"), "bad"),
            )
          }
        >
          {t("common:copy")}
        </Button>
        {typed !== undefined && (
          <Button
            small
            look="plain"
            onClick={() => {
              setTyped(undefined);
              setError(undefined);
            }}
          >
            {t("json.discard")}
          </Button>
        )}
      </div>
    </>
  );
}
