import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { exactTime } from "../../app/format";
import { Badge, Fact, Facts } from "../../ui/page";
import { EvaluationTree } from "../rewards/condition/evaluation";
import { RewardName, useContent } from "../rewards/parts";
import { StatusBadge } from "./status";

/** Shows one line of a request: its reward, its decision, and the condition as it was evaluated. */
export function RequestLine({ line }: { line: Schemas["EventRequestLine"] }) {
  const { t } = useTranslation("requests");
  const content = useContent();
  return (
    <article className="card request-line">
      <header>
        <h3>
          <Link href={`/rewards/${line.reward_id}`}>
            <RewardName id={line.reward_id} />
          </Link>
          {line.number > 1 && ` (${line.number})`}
        </h3>
        <StatusBadge status={line.status} />
        {line.outcome_unknown && <Badge tone="warn">{t("line.outcomeUnknown")}</Badge>}
      </header>
      <Facts>
        <Fact name={t("column.gives")}>
          {line.code_ending ? t("line.code", { ending: line.code_ending }) : content(line)}
        </Fact>
        <Fact name={t("line.requested")}>{exactTime(line.requested_at)}</Fact>
        {line.granted_at && <Fact name={t("column.granted")}>{exactTime(line.granted_at)}</Fact>}
        {line.decided_by != null && <Fact name={t("line.decidedBy")}>{line.decided_by}</Fact>}
        {line.reason && <Fact name={t("line.reason")}>{line.reason}</Fact>}
        {line.message && <Fact name={t("line.message")}>{line.message}</Fact>}
        {line.reference && <Fact name={t("line.reference")}>{line.reference}</Fact>}
      </Facts>
      {line.outcome_unknown && <p className="muted">{t("line.outcomeUnknownAdvice")}</p>}
      {line.condition ? (
        <details open={line.status === "in_review"}>
          <summary>{t("line.condition")}</summary>
          <EvaluationTree evaluation={line.condition} />
        </details>
      ) : (
        <p className="muted">{t("line.noCondition")}</p>
      )}
    </article>
  );
}
