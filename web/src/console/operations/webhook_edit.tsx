import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { type WebhookDraft, WebhookForm } from "./webhook_form";

/** Changes the fields of a webhook that differ from those that the form began with. */
export function WebhookEdit({ webhook, onDone }: { webhook: Schemas["Webhook"]; onDone: () => void }) {
  const { t } = useTranslation(["operations", "common"]);
  const toast = useToast();
  const cache = useQueryClient();
  // The page reads the webhook again while the form is open.
  const [base] = useState(webhook);
  const save = useMutation({
    mutationFn: async (draft: WebhookDraft) => {
      const body: Schemas["WebhookUpdate"] = {};
      if (draft.url !== base.url) body.url = draft.url;
      if (draft.description !== base.description) body.description = draft.description;
      if (draft.events.join() !== base.events.join()) body.events = draft.events;
      if (Object.keys(body).length > 0)
        await client.patch("/webhooks/{webhook_id}", { params: { path: { webhook_id: base.id } }, body, repeatable: true });
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ["webhooks"] });
      toast(t("webhook.saved"));
      onDone();
    },
  });
  return (
    <Section title={t("webhook.edit")}>
      <WebhookForm
        initial={{ url: base.url, events: base.events, description: base.description }}
        submit={t("common:save")}
        busy={save.isPending}
        error={save.error}
        onSubmit={save.mutate}
        onCancel={onDone}
      />
    </Section>
  );
}
