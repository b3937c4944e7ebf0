import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { Button } from "../../ui/button";
import { Fact, Facts, Notice } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { useSentences } from "./condition/sentence";
import { changedFields, type EventDetail, type EventDraft, draftOf, type EventField, updateBody } from "./event_draft";
import { EventForm } from "./event_form";

/** What somebody else changed while the form was open. */
interface Conflict {
  present: EventDetail;
  fields: EventField[];
  draft: EventDraft;
}

/**
 * Changes an event. The API has no version of events, so the event is read again before it is changed: what somebody
 * else changed meanwhile is shown before anything is written.
 */
export function EventEdit({ event, onDone }: { event: EventDetail; onDone: () => void }) {
  const { t } = useTranslation(["rewards", "common"]);
  const toast = useToast();
  const cache = useQueryClient();
  // The event that the form began with; the page may read a newer one meanwhile.
  const [base, setBase] = useState(event);
  const [conflict, setConflict] = useState<Conflict>();
  const path = { event_id: event.id };
  const save = useMutation({
    mutationFn: async ({ draft, seen }: { draft: EventDraft; seen: EventDetail }): Promise<Conflict | undefined> => {
      const present = await client.get("/events/{event_id}", { params: { path } });
      const fields = changedFields(seen, present);
      if (fields.length > 0) return { present, fields, draft };
      const body = updateBody(draftOf(base), draft);
      if (Object.keys(body).length > 0)
        await client.patch("/events/{event_id}", { params: { path }, body, repeatable: true });
      return undefined;
    },
    onSuccess: async (found) => {
      setConflict(found);
      if (found) return;
      await cache.invalidateQueries({ queryKey: ["events"] });
      toast(t("eventEdit.saved"));
      onDone();
    },
  });
  return (
    <EventForm
      // A form that begins with another state is another form.
      key={JSON.stringify(base)}
      initial={draftOf(base)}
      submit={t("common:save")}
      busy={save.isPending}
      error={save.error}
      onSubmit={(draft) => save.mutate({ draft, seen: base })}
      onCancel={onDone}
      notice={
        conflict && (
          <Notice tone="warn" title={t("eventEdit.conflict")}>
            <p>{t("eventEdit.conflictAdvice")}</p>
            <ChangedFields conflict={conflict} />
            <div className="actions">
              <Button
                small
                look="secondary"
                onClick={() => {
                  setBase(conflict.present);
                  cache.setQueryData(["events", String(event.id)], conflict.present);
                  setConflict(undefined);
                }}
              >
                {t("eventEdit.takePresent")}
              </Button>
              <Button
                small
                busy={save.isPending}
                onClick={() => save.mutate({ draft: conflict.draft, seen: conflict.present })}
              >
                {t("eventEdit.saveMine")}
              </Button>
            </div>
          </Notice>
        )
      }
    />
  );
}

function ChangedFields({ conflict: { present, fields } }: { conflict: Conflict }) {
  const { t } = useTranslation(["rewards", "common"]);
  const { ofCondition } = useSentences();
  const values: Record<EventField, string> = {
    name: present.name,
    description: present.description || "–",
    starts_at: dateTime(present.starts_at),
    ends_at: dateTime(present.ends_at),
    time_zone: present.time_zone,
    review: t(`review.${present.review}`),
    queue_id: present.queue_id == null ? t("form.noQueue") : String(present.queue_id),
    condition: ofCondition(present.condition),
    status: t(`status.${present.status}`),
  };
  return (
    <Facts>
      {fields.map((field) => (
        <Fact key={field} name={t(`eventEdit.field.${field}`)}>
          {values[field]}
        </Fact>
      ))}
    </Facts>
  );
}
