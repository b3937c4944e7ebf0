import { useTranslation } from "react-i18next";
import { count } from "../../../app/format";
import { Button } from "../../../ui/button";
import type { Progress } from "./chain";

/** Shows how far a verification is, with a button that stops it. */
export function CheckProgress({ progress, onStop }: { progress: Progress; onStop: () => void }) {
  const { t } = useTranslation(["people", "common"]);
  const { step, done, total } = progress;
  return (
    <div className="audit-progress">
      <label>
        <span className="number">{t(`verify.step.${step}`, { done: count(done), total: count(total ?? done) })}</span>
        <progress {...(total ? { value: done, max: total } : {})} />
      </label>
      <Button small look="secondary" onClick={onStop}>
        {t("common:cancel")}
      </Button>
    </div>
  );
}
