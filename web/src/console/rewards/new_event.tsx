import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { client } from "../../app/client";
import { withIntent } from "../../app/intent";
import { zone } from "../../app/local_time";
import { hasRole, useAccount } from "../../app/session";
import { Select } from "../../ui/field";
import { Notice, Page } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { createBody, emptyDraft, type EventDraft } from "./event_draft";
import { EventForm } from "./event_form";

/** Creates an event. */
export default function NewEvent() {
  const { t } = useTranslation("rewards");
  const toast = useToast();
  const cache = useQueryClient();
  const [, navigate] = useLocation();
  const writes = hasRole(useAccount(), "OPERATOR");
  const [initial] = useState(() => emptyDraft(client.now(), zone()));
  const [status, setStatus] = useState<"draft" | "active">("draft");
  const create = useMutation({
    mutationFn: (draft: EventDraft) => {
      const body = createBody(draft, status);
      return withIntent(`event ${JSON.stringify(body)}`, (idempotencyKey) =>
        client.post("/events", { body, idempotencyKey }),
      );
    },
    onSuccess: async (event) => {
      await cache.invalidateQueries({ queryKey: ["events"] });
      toast(t("newEvent.created", { name: event.name }));
      navigate(`/events/${event.id}`);
    },
  });
  return (
    <Page title={t("newEvent.title")}>
      {writes ? (
        <EventForm
          initial={initial}
          submit={t("newEvent.submit")}
          busy={create.isPending}
          error={create.error}
          onSubmit={(draft) => create.mutate(draft)}
        >
          <div className="columns form-end">
            <Select
              label={t("newEvent.status")}
              hint={t(`statusMeaning.${status}`)}
              value={status}
              onChange={(event) => setStatus(event.target.value as typeof status)}
            >
              <option value="draft">{t("status.draft")}</option>
              <option value="active">{t("status.active")}</option>
            </Select>
          </div>
        </EventForm>
      ) : (
        <Notice tone="warn" title={t("readOnly.title")}>
          <p>{t("readOnly.advice")}</p>
        </Notice>
      )}
    </Page>
  );
}
