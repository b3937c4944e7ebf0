import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "../../app/failure";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field, TextArea } from "../../ui/field";
import { EventChoice } from "./event_choice";

export type WebhookDraft = Pick<Schemas["Webhook"], "url" | "events" | "description">;

const EVENTS_MAX = 50;

/** Renders the fields of a webhook. */
export function WebhookForm({ initial, submit, busy, error, onSubmit, onCancel }: {
  initial: WebhookDraft;
  submit: string;
  busy: boolean;
  error: unknown;
  onSubmit: (draft: WebhookDraft) => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation(["operations", "common"]);
  const [draft, setDraft] = useState(initial);
  const [asked, setAsked] = useState(false);
  const errors = fieldErrors(error);
  const set = (changed: Partial<WebhookDraft>) => setDraft((old) => ({ ...old, ...changed }));
  const number = draft.events.length;
  const problem =
    number > EVENTS_MAX ? t("webhook.tooManyEvents", { max: EVENTS_MAX }) : asked && number === 0 ? t("webhook.noEvents") : errors.events;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (number > 0 && number <= EVENTS_MAX) onSubmit(draft);
      }}
    >
      <Field
        label={t("webhook.url")}
        hint={t("webhook.urlHint")}
        type="url"
        required
        maxLength={500}
        placeholder="https://hooks.example.com/dibs"
        error={errors.url}
        value={draft.url}
        onChange={(event) => set({ url: event.target.value })}
      />
      <TextArea
        label={t("webhook.description")}
        hint={t("webhook.descriptionHint")}
        rows={2}
        maxLength={2000}
        error={errors.description}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
      />
      <EventChoice chosen={draft.events} error={problem} onChange={(events) => set({ events })} />
      <Failure error={error} />
      <div className="actions">
        <Button type="submit" busy={busy}>
          {submit}
        </Button>
        <Button look="secondary" onClick={onCancel}>
          {t("common:cancel")}
        </Button>
      </div>
    </form>
  );
}
