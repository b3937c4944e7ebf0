import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { client } from "../../app/client";
import { Button, ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { SecretDialog } from "./secret_dialog";

type Props = { webhook: Schemas["Webhook"] };

const pathOf = ({ webhook }: Props) => ({ path: { webhook_id: webhook.id } });

/** Switches a webhook on or off. */
export function WebhookSwitch({ webhook }: Props) {
  const { t } = useTranslation("operations");
  const toast = useToast();
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: (enabled: boolean) =>
      client.patch("/webhooks/{webhook_id}", { params: pathOf({ webhook }), body: { enabled }, repeatable: true }),
    onSuccess: (changed) => {
      cache.setQueryData(["webhooks", String(changed.id)], changed);
      toast(t(changed.enabled ? "webhook.switchedOn" : "webhook.switchedOff"));
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  return (
    <>
      <Failure error={change.error} />
      {webhook.enabled ? (
        <ConfirmButton look="secondary" busy={change.isPending} question={t("webhook.offQuestion")} onConfirm={() => change.mutate(false)}>
          {t("webhook.switchOff")}
        </ConfirmButton>
      ) : (
        <Button busy={change.isPending} onClick={() => change.mutate(true)}>
          {t("webhook.switchOn")}
        </Button>
      )}
    </>
  );
}

/** Sends a test event, and replaces the secret. */
export function WebhookActions({ webhook }: Props) {
  const { t } = useTranslation("operations");
  const toast = useToast();
  const cache = useQueryClient();
  const test = useMutation({
    mutationFn: () => client.post("/webhooks/{webhook_id}/test", { params: pathOf({ webhook }) }),
    onSuccess: () => {
      toast(t("test.sent"));
      void cache.invalidateQueries({ queryKey: ["webhooks", String(webhook.id)] });
    },
  });
  const rotate = useMutation({
    mutationFn: () => client.post("/webhooks/{webhook_id}/rotate-secret", { params: pathOf({ webhook }), body: {} }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  return (
    <div className="columns">
      <Section title={t("test.title")}>
        <p className="muted">{t("test.advice")}</p>
        <Button look="secondary" busy={test.isPending} onClick={() => test.mutate()}>
          {t("test.send")}
        </Button>
        <Failure error={test.error} retry={() => test.mutate()} />
      </Section>
      <Section title={t("secret.section")}>
        <p className="muted">{t("secret.advice")}</p>
        <ConfirmButton look="secondary" busy={rotate.isPending} question={t("secret.question")} onConfirm={() => rotate.mutate()}>
          {t("secret.rotate")}
        </ConfirmButton>
        <Failure error={rotate.error} />
        {rotate.data && (
          <SecretDialog secret={rotate.data.secret} previousUntil={rotate.data.previous_valid_until} onClose={() => rotate.reset()} />
        )}
      </Section>
    </div>
  );
}

/** Deletes a webhook. */
export function WebhookDelete({ webhook }: Props) {
  const { t } = useTranslation("operations");
  const toast = useToast();
  const cache = useQueryClient();
  const [, navigate] = useLocation();
  const remove = useMutation({
    mutationFn: async () => {
      try {
        await client.delete("/webhooks/{webhook_id}", { params: pathOf({ webhook }) });
      } catch (error) {
        // The answer to an earlier call was lost.
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      }
    },
    onSuccess: async () => {
      toast(t("webhook.deleted"));
      navigate("/webhooks");
      cache.removeQueries({ queryKey: ["webhooks", String(webhook.id)] });
      await cache.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  return (
    <>
      <p className="muted">{t("webhook.deleteAdvice")}</p>
      <ConfirmButton busy={remove.isPending} question={t("webhook.deleteQuestion", { url: webhook.url })} onConfirm={() => remove.mutate()}>
        {t("webhook.delete")}
      </ConfirmButton>
      <Failure error={remove.error} />
    </>
  );
}
