import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { withIntent } from "../../app/intent";
import { hasRole, useAccount } from "../../app/session";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Failure } from "../../ui/error";
import { Empty, Loading, Notice, Page } from "../../ui/page";
import { Table } from "../../ui/table";
import { useToast } from "../../ui/toast";
import { SecretDialog } from "./secret_dialog";
import { WebhookBadge } from "./webhook_badge";
import { type WebhookDraft, WebhookForm } from "./webhook_form";
import "./operations.css";

/** Lists the webhooks with their state, and creates them. */
export default function Webhooks() {
  const { t } = useTranslation("operations");
  const may = hasRole(useAccount(), "OPERATOR");
  const [creating, setCreating] = useState(false);
  if (!may)
    return (
      <Page title={t("webhooks.title")}>
        <Notice tone="warn">{t("webhooks.forbidden")}</Notice>
      </Page>
    );
  const create = <Button onClick={() => setCreating(true)}>{t("webhooks.new")}</Button>;
  return (
    <Page title={t("webhooks.title")} actions={create}>
      <p className="muted">{t("webhooks.advice")}</p>
      <AllWebhooks create={create} />
      {creating && <NewWebhook onClose={() => setCreating(false)} />}
    </Page>
  );
}

function AllWebhooks({ create }: { create: ReactNode }) {
  const { t } = useTranslation("operations");
  const found = useQuery({
    queryKey: ["webhooks"],
    queryFn: ({ signal }) => client.get("/webhooks", { signal }),
    refetchInterval: 15_000,
  });
  if (!found.data)
    return found.error ? <Failure error={found.error} retry={() => void found.refetch()} /> : <Loading lines={4} />;
  if (found.data.length === 0)
    return (
      <Empty title={t("webhooks.none")}>
        <p>{t("webhooks.noneAdvice")}</p>
        {create}
      </Empty>
    );
  return (
    <Table
      caption={t("webhooks.title")}
      rows={found.data}
      id={(row) => String(row.id)}
      columns={[
        { id: "url", heading: t("webhook.url"), cell: (row) => <Link href={`/webhooks/${row.id}`}>{row.url}</Link> },
        { id: "state", heading: t("webhook.state"), cell: (row) => <WebhookBadge webhook={row} /> },
        {
          id: "events",
          heading: t("webhook.events"),
          cell: (row) => (row.events.includes("*") ? t("webhook.all") : row.events.join(", ")),
        },
        { id: "description", heading: t("webhook.description"), cell: (row) => row.description || "–" },
        { id: "created", heading: t("webhook.created"), cell: (row) => dateTime(row.created_at) },
      ]}
    />
  );
}

function NewWebhook({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("operations");
  const [, navigate] = useLocation();
  const toast = useToast();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: (body: WebhookDraft): Promise<Schemas["Webhook"]> =>
      withIntent(`webhook:${JSON.stringify(body)}`, (idempotencyKey) => client.post("/webhooks", { body, idempotencyKey })),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["webhooks"] });
      toast(t("webhooks.created"));
    },
  });
  const created = create.data;
  if (created) {
    const open = () => navigate(`/webhooks/${created.id}`);
    if (created.secret) return <SecretDialog secret={created.secret} onClose={open} />;
  }
  return (
    <Dialog title={t("webhooks.new")} onClose={onClose} wide>
      <WebhookForm
        initial={{ url: "", events: ["*"], description: "" }}
        submit={t("webhooks.create")}
        busy={create.isPending}
        error={create.error}
        onSubmit={create.mutate}
        onCancel={onClose}
      />
    </Dialog>
  );
}
