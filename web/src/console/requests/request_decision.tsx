import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Checkbox } from "../../ui/field";
import { Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { RewardName } from "../rewards/parts";
import { DecisionDialog } from "./decision_dialog";
import type { Decision } from "./decisions";
import { StatusBadge } from "./status";

type Line = Schemas["EventRequestLine"];

const key = ({ reward_id, number }: Line) => `${reward_id} ${number}`;
/** Lines in review, and failed ones: their grant can be tried again, or the unit that they hold given back. */
const canDecide = ({ status }: Line) => status === "in_review" || status === "failed";

/** Decides about lines of a request, in the version that the page shows. */
export function RequestDecision({ request }: { request: Schemas["EventRequestDetail"] }) {
  const { t } = useTranslation("requests");
  const toast = useToast();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<{ action: Decision["action"]; version: number; lines: readonly Line[] }>();
  // Lines in review are chosen until somebody says otherwise; failed ones are not.
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const lines = request.lines.filter(canDecide);
  const chosen = lines.filter((line) => choices.get(key(line)) ?? line.status === "in_review");
  const decide = useMutation({
    mutationFn: ({
      decision,
      version,
      lines: named,
    }: {
      decision: Decision;
      version: number;
      lines: readonly Line[];
    }) =>
      client.patch("/events/requests/{request_id}", {
        params: { path: { request_id: request.id } },
        headers: { "If-Match": `"${version}"` },
        body: { ...decision, lines: named.map(({ reward_id, number }) => ({ reward_id, number })) },
        repeatable: true,
      }),
    onSuccess: (decided, { decision }) => {
      cache.setQueryData(["requests", "one", request.id], decided);
      toast(t(`decision.${decision.action}Done`));
    },
    // After a refusal the page shows what the request has become.
    onSettled: () => cache.invalidateQueries({ queryKey: ["requests"] }),
  });
  if (lines.length === 0 && !decide.error) return null;
  return (
    <Section title={t("decision.title")}>
      <Failure error={decide.error} />
      {lines.map((line) => (
        <Checkbox
          key={key(line)}
          checked={chosen.includes(line)}
          onChange={(event) => setChoices((old) => new Map(old).set(key(line), event.target.checked))}
          label={
            <>
              <RewardName id={line.reward_id} />
              {line.number > 1 && ` (${line.number})`} <StatusBadge status={line.status} />
            </>
          }
        />
      ))}
      {lines.some(({ status }) => status === "failed") && <p className="muted">{t("decision.failedAdvice")}</p>}
      {lines.length > 0 && (
        <div className="actions">
          <Button
            busy={decide.isPending}
            disabled={chosen.length === 0}
            onClick={() => setAsking({ action: "approve", version: request.version, lines: chosen })}
          >
            {t("inbox.approve")}
          </Button>
          <Button
            look="danger"
            disabled={chosen.length === 0 || decide.isPending}
            onClick={() => setAsking({ action: "reject", version: request.version, lines: chosen })}
          >
            {t("inbox.reject")}
          </Button>
        </div>
      )}
      {asking && (
        <DecisionDialog
          action={asking.action}
          count={1}
          onClose={() => setAsking(undefined)}
          onDecide={(decision) => {
            decide.mutate({ decision, version: asking.version, lines: asking.lines });
            setAsking(undefined);
          }}
        />
      )}
    </Section>
  );
}
