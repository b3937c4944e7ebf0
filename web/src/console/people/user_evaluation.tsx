import { useMutation } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Select } from "../../ui/field";
import { useList } from "../../ui/list";
import { Section } from "../../ui/page";
import { EvaluationTree } from "../rewards/condition/evaluation";
import { RewardName } from "../rewards/parts";

/** Evaluates the conditions of an event for the user, without any effect. */
export function UserEvaluation({ id }: { id: string }) {
  const { t } = useTranslation(["people", "common"]);
  const events = useList<Schemas["Event"]>(["events", "choices"], (cursor, signal) =>
    client.page("/events", { params: { query: { limit: 100, cursor } }, signal }),
  );
  const [chosen, setChosen] = useState("");
  const run = useMutation({
    mutationFn: (event: string) =>
      client.post("/events/{event_id}/evaluate", { params: { path: { event_id: event } }, body: { user_id: id } }),
  });
  return (
    <Section title={t("evaluation.title")}>
      <p className="muted">{t("evaluation.advice")}</p>
      <Failure error={events.error} retry={events.reload} />
      <form
        className="inline-form people-form"
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate(chosen);
        }}
      >
        <Select
          label={t("evaluation.event")}
          required
          value={chosen}
          error={fieldErrors(run.error).user_id}
          onChange={(event) => {
            setChosen(event.target.value);
            run.reset();
          }}
        >
          <option value="">{t(events.rows ? "evaluation.choose" : "common:loading")}</option>
          {events.rows?.map((event) => (
            <option key={String(event.id)} value={String(event.id)}>
              {event.name}
            </option>
          ))}
        </Select>
        <Button type="submit" busy={run.isPending}>
          {t("evaluation.run")}
        </Button>
        {events.more && (
          <Button look="plain" busy={events.loadingMore} onClick={events.more}>
            {t("evaluation.moreEvents")}
          </Button>
        )}
      </form>
      <Failure error={run.error} />
      <div role="status">
        {run.data && (
          <>
            <h3>{t("evaluation.ofEvent")}</h3>
            <EvaluationTree evaluation={run.data.condition} />
            {run.data.rewards
              .filter(({ condition }) => JSON.stringify(condition) !== JSON.stringify(run.data.condition))
              .map(({ reward_id, condition }) => (
                <div key={String(reward_id)}>
                  <h3>
                    {t("evaluation.ofReward")} <RewardName id={reward_id} />
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
