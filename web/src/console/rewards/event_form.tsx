import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "dibs-client";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field, Select, TextArea } from "../../ui/field";
import { ConditionBuilder } from "./condition/builder";
import { findProblems, joinProblems, placeProblems, type Problems } from "./condition/tree";
import type { EventDraft } from "./event_draft";

const NO_PROBLEMS: Problems = new Map();

/** Renders the form of an event. `onSubmit` is called when nothing is wrong that can be found here. */
export function EventForm({
  initial,
  submit,
  busy,
  error,
  onSubmit,
  onCancel,
  notice,
  children,
}: {
  initial: EventDraft;
  /** Label of the button. */
  submit: string;
  busy: boolean;
  error: unknown;
  onSubmit: (draft: EventDraft) => void;
  onCancel?: () => void;
  /** What is to be said before the form is sent again. */
  notice?: ReactNode;
  /** Further fields at the end. */
  children?: ReactNode;
}) {
  const { t } = useTranslation(["rewards", "common"]);
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const set = (change: Partial<EventDraft>) => setDraft((old) => ({ ...old, ...change }));
  const refused = fieldErrors(error);
  const own = useMemo(() => findProblems(draft.condition), [draft.condition]);
  const problems = useMemo(
    () =>
      joinProblems(
        tried ? own : NO_PROBLEMS,
        error instanceof ApiError ? placeProblems(draft.condition, error.fields) : NO_PROBLEMS,
      ),
    [tried, own, error, draft.condition],
  );
  return (
    <form
      className="event-form"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (own.size === 0) onSubmit(draft);
      }}
    >
      <Field
        label={t("form.name")}
        required
        maxLength={200}
        error={refused.name}
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextArea
        label={t("form.description")}
        maxLength={2000}
        rows={3}
        error={refused.description}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
      />
      <div className="columns">
        <Field
          label={t("form.startsAt")}
          hint={zoneLabel()}
          type="datetime-local"
          required
          error={refused.starts_at}
          value={draft.startsAt}
          onChange={(event) => set({ startsAt: event.target.value })}
        />
        <Field
          label={t("form.endsAt")}
          hint={zoneLabel()}
          type="datetime-local"
          required
          error={refused.ends_at}
          value={draft.endsAt}
          onChange={(event) => set({ endsAt: event.target.value })}
        />
      </div>
      <div className="columns">
        <TimeZone value={draft.timeZone} error={refused.time_zone} onChange={(timeZone) => set({ timeZone })} />
        <QueueChoice value={draft.queueId} error={refused.queue_id} onChange={(queueId) => set({ queueId })} />
        <Select
          label={t("form.review")}
          hint={t(`review.${draft.review}Meaning`)}
          error={refused.review}
          value={draft.review}
          onChange={(event) => set({ review: event.target.value as EventDraft["review"] })}
        >
          <option value="auto">{t("review.auto")}</option>
          <option value="manual">{t("review.manual")}</option>
        </Select>
      </div>
      <ConditionBuilder
        label={t("form.condition")}
        root={draft.condition}
        problems={problems}
        onChange={(condition) => set({ condition })}
      />
      {children}
      {tried && own.size > 0 && (
        <p className="condition-problem" role="alert">
          {t("condition.unfinished", { count: own.size })}
        </p>
      )}
      {notice}
      <Failure error={error} />
      <div className="actions">
        <Button type="submit" busy={busy}>
          {submit}
        </Button>
        {onCancel && (
          <Button look="secondary" onClick={onCancel}>
            {t("common:cancel")}
          </Button>
        )}
      </div>
    </form>
  );
}

function TimeZone({
  value,
  error,
  onChange,
}: {
  value: string;
  error: string | undefined;
  onChange: (zone: string) => void;
}) {
  const { t } = useTranslation(["rewards", "common"]);
  const zones = useMemo(() => ["UTC", ...Intl.supportedValuesOf("timeZone")], []);
  return (
    <>
      <Field
        label={t("form.timeZone")}
        hint={t("form.timeZoneHint")}
        required
        list="time-zones"
        error={error}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id="time-zones">
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

function QueueChoice({
  value,
  error,
  onChange,
}: {
  value: string;
  error: string | undefined;
  onChange: (id: string) => void;
}) {
  const { t } = useTranslation(["rewards", "common"]);
  const queues = useQuery({
    queryKey: ["queues", "choice"],
    queryFn: ({ signal }) => client.get("/queues", { params: { query: { limit: 100 } }, signal }),
  });
  const known = queues.data?.some(({ id }) => String(id) === value);
  return (
    <Select
      label={t("form.queue")}
      hint={t("form.queueHint")}
      error={error}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{t("form.noQueue")}</option>
      {value !== "" && !known && <option value={value}>{value}</option>}
      {queues.data?.map((queue) => (
        <option key={queue.id} value={String(queue.id)}>
          {queue.name}
        </option>
      ))}
    </Select>
  );
}
