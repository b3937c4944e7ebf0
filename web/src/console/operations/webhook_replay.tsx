import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { exactTime } from "../../app/format";
import { fromInput, toInput, zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { Notice, Section } from "../../ui/page";

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Sends the events of a webhook again from a time on. */
export function WebhookReplay({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation(["operations", "common"]);
  const cache = useQueryClient();
  const [from, setFrom] = useState(() => toInput(client.now() - HOUR_MS));
  const [asks, setAsks] = useState(false);
  const replay = useMutation({
    mutationFn: (time: string) =>
      client.post("/webhooks/{webhook_id}/replay", { params: { path: { webhook_id: webhook.id } }, body: { from: time } }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["webhooks", String(webhook.id)] }),
  });
  const time = fromInput(from);
  return (
    <Section title={t("replay.title")}>
      <p className="muted">{t("replay.advice")}</p>
      <form
        className="inline-form operations-form"
        onSubmit={(event) => {
          event.preventDefault();
          setAsks(true);
        }}
      >
        <Field
          label={t("replay.from")}
          hint={zoneLabel()}
          type="datetime-local"
          required
          min={toInput(client.now() - WEEK_MS)}
          max={toInput(client.now())}
          error={fieldErrors(replay.error).from}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Button type="submit" look="secondary" busy={replay.isPending} disabled={!webhook.enabled || time === undefined}>
          {t("replay.start")}
        </Button>
      </form>
      {!webhook.enabled && <p className="muted">{t("replay.off")}</p>}
      <Failure error={replay.error} />
      {replay.data && (
        <Notice tone="good" title={t("replay.started")}>
          <p>{t("replay.period", { from: exactTime(replay.data.from), to: exactTime(replay.data.to) })}</p>
        </Notice>
      )}
      {asks && time !== undefined && (
        <Dialog title={t("replay.start")} onClose={() => setAsks(false)}>
          <p>{t("replay.question", { from: exactTime(time) })}</p>
          <footer>
            <Button look="secondary" onClick={() => setAsks(false)}>
              {t("common:back")}
            </Button>
            <Button
              onClick={() => {
                setAsks(false);
                replay.mutate(time);
              }}
            >
              {t("replay.start")}
            </Button>
          </footer>
        </Dialog>
      )}
    </Section>
  );
}
