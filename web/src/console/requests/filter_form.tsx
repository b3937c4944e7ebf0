import { useState } from "react";
import { useTranslation } from "react-i18next";
import { zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Field, Select } from "../../ui/field";
import { type Filters, isNarrowed, readFilters, STATUSES } from "./filters";

/** Renders the filters of the inbox. */
export function FilterForm({ filters, errors, onChange }: {
  filters: Filters;
  errors: Record<string, string>;
  onChange: (filters: Filters) => void;
}) {
  const { t } = useTranslation("requests");
  const [draft, setDraft] = useState(filters);
  const bind = (name: Exclude<keyof Filters, "status">) => ({
    name,
    error: errors[name],
    value: draft[name],
    onChange: (event: { target: { value: string } }) => setDraft((old) => ({ ...old, [name]: event.target.value })),
  });
  const id = { autoComplete: "off", spellCheck: false } as const;
  return (
    <search>
      <form
        className="inline-form request-filters"
        onSubmit={(event) => {
          event.preventDefault();
          onChange(draft);
        }}
      >
        <Select
          label={t("filter.status")}
          value={draft.status}
          onChange={(event) => {
            const next = { ...draft, status: event.target.value as Filters["status"] };
            setDraft(next);
            onChange(next);
          }}
        >
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {t(`status.${status}`)}
            </option>
          ))}
          <option value="all">{t("filter.all")}</option>
        </Select>
        <Field label={t("filter.event")} placeholder="cmp_…" {...id} {...bind("event_id")} />
        <Field label={t("filter.reward")} placeholder="rwd_…" {...id} {...bind("reward_id")} />
        <Field label={t("filter.user")} placeholder="usr_…" {...id} {...bind("user_id")} />
        <Field label={t("filter.from")} title={zoneLabel()} type="datetime-local" {...bind("from")} />
        <Field label={t("filter.to")} title={zoneLabel()} type="datetime-local" {...bind("to")} />
        <div className="actions">
          <Button type="submit" look="secondary">
            {t("filter.apply")}
          </Button>
          {isNarrowed(filters) && (
            <Button
              look="plain"
              onClick={() => {
                const none = readFilters(new URLSearchParams({ status: draft.status }));
                setDraft(none);
                onChange(none);
              }}
            >
              {t("filter.clear")}
            </Button>
          )}
        </div>
      </form>
    </search>
  );
}
