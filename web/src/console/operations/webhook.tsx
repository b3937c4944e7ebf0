import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { exactTime } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Fact, Facts, Loading, Notice, Page, Section } from "../../ui/page";
import { WebhookAttempts } from "./webhook_attempts";
import { WebhookBadge } from "./webhook_badge";
import { WebhookActions, WebhookDelete, WebhookSwitch } from "./webhook_actions";
import { WebhookEdit } from "./webhook_edit";
import { WebhookReplay } from "./webhook_replay";
import "./operations.css";

/** Shows a webhook with its state and the events that were sent to it. */
export default function Webhook({ id }: { id: string }) {
  const { t } = useTranslation("operations");
  const may = hasRole(useAccount(), "OPERATOR");
  const found = useQuery({
    queryKey: ["webhooks", id],
    queryFn: ({ signal }) => client.get("/webhooks/{webhook_id}", { params: { path: { webhook_id: id } }, signal }),
    refetchInterval: 5000,
    enabled: may,
  });
  if (found.data) return <Details webhook={found.data} />;
  return (
    <Page title={t("webhook.one")}>
      {!may ? (
        <Notice tone="warn">{t("webhooks.forbidden")}</Notice>
      ) : found.error ? (
        <Failure error={found.error} retry={() => void found.refetch()}>
          <Link href="/webhooks">{t("webhook.toList")}</Link>
        </Failure>
      ) : (
        <Loading lines={10} />
      )}
    </Page>
  );
}

function Details({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation("operations");
  const [edits, setEdits] = useState(false);
  return (
    <Page
      title={t("webhook.one")}
      heading={
        <span className="row">
          {t("webhook.one")} <WebhookBadge webhook={webhook} />
        </span>
      }
      actions={
        !edits && (
          <Button look="secondary" onClick={() => setEdits(true)}>
            {t("webhook.edit")}
          </Button>
        )
      }
    >
      {edits ? <WebhookEdit webhook={webhook} onDone={() => setEdits(false)} /> : <WebhookFacts webhook={webhook} />}
      <State webhook={webhook} />
      <WebhookActions webhook={webhook} />
      <WebhookAttempts webhook={webhook} />
      <WebhookReplay webhook={webhook} />
      <Section title={t("webhook.deleteTitle")}>
        <WebhookDelete webhook={webhook} />
      </Section>
    </Page>
  );
}

function WebhookFacts({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation("operations");
  return (
    <Facts>
      <Fact name={t("webhook.url")}>{webhook.url}</Fact>
      <Fact name={t("webhook.events")}>{webhook.events.includes("*") ? t("webhook.all") : webhook.events.join(", ")}</Fact>
      <Fact name={t("webhook.description")}>{webhook.description || "–"}</Fact>
      <Fact name={t("webhook.secretCreated")}>{webhook.secret_created_at ? exactTime(webhook.secret_created_at) : "–"}</Fact>
      <Fact name={t("webhook.created")}>{exactTime(webhook.created_at)}</Fact>
      <Fact name={t("webhook.changed")}>{exactTime(webhook.updated_at)}</Fact>
      <Fact name={t("webhook.id")}>
        <code>{String(webhook.id)}</code>
      </Fact>
    </Facts>
  );
}

/** Says whether events are sent, and why not. */
function State({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation("operations");
  const off = webhook.disabled_at ? exactTime(webhook.disabled_at) : "–";
  return (
    <Section title={t("webhook.state")} actions={<WebhookSwitch webhook={webhook} />}>
      {!webhook.enabled ? (
        <Notice
          tone={webhook.disabled_reason === "requested" ? "neutral" : "bad"}
          title={t("webhook.offSince", { time: off })}
        >
          <p>{t(`webhook.disabled.${webhook.disabled_reason ?? "requested"}`)}</p>
          <p>{t("webhook.offAdvice")}</p>
        </Notice>
      ) : webhook.failing_since ? (
        <Notice tone="warn" title={t("webhook.failingSince", { time: exactTime(webhook.failing_since) })}>
          <p>{t("webhook.failingAdvice")}</p>
        </Notice>
      ) : (
        <p>{t("webhook.onAdvice")}</p>
      )}
    </Section>
  );
}
