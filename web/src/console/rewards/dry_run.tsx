import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { Section } from "../../ui/page";
import { EvaluationTree } from "./condition/evaluation";
import { RewardName } from "./parts";

/** Evaluates the stored conditions of an event for a user, without any effect. */
export function DryRun({ eventId }: { eventId: string }) {
  const { t } = useTranslation("rewards");
  const [userId, setUserId] = useState("");
  const run = useMutation({
    mutationFn: (user: string) =>
      client.post("/events/{event_id}/evaluate", { params: { path: { event_id: eventId } }, body: { user_id: user } }),
  });
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const own = run.data?.rewards.filter(({ condition }) => !same(condition, run.data.condition)) ?? [];
  const others = run.data?.rewards.filter(({ condition }) => same(condition, run.data.condition)) ?? [];
  return (
    <Section title={t("dryRun.title")}>
      <p className="muted">{t("dryRun.advice")}</p>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate(userId.trim());
        }}
      >
        <Field
          label={t("dryRun.user")}
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="usr_…"
          error={fieldErrors(run.error).user_id}
          value={userId}
          onChange={(event) => setUserId(event.target.value)}
        />
        <Button type="submit" busy={run.isPending}>
          {t("dryRun.run")}
        </Button>
      </form>
      <Failure error={run.error} />
      <div role="status">
        {run.data && (
          <>
            <h3>{t("dryRun.event", { user: run.data.user_id })}</h3>
            <EvaluationTree evaluation={run.data.condition} />
            {others.length > 0 && (
              <p className="muted">
                {t("dryRun.sameFor")}{" "}
                {others.map(({ reward_id }, place) => (
                  <span key={reward_id}>
                    {place > 0 && ", "}
                    <RewardName id={reward_id} />
                  </span>
                ))}
              </p>
            )}
            {own.map(({ reward_id, condition }) => (
              <div key={reward_id}>
                <h3>
                  {t("dryRun.reward")} <RewardName id={reward_id} />
                </h3>
                <EvaluationTree evaluation={condition} />
              </div>
            ))}
          </>
        )}
      </div>
    </Section>
  );
}
