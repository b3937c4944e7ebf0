import { useState } from "react";
import { useTranslation } from "react-i18next";
import { zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Field, Select } from "../../ui/field";
import { type AuditFilters, CHANGES, NO_FILTERS, writeFilters } from "./audit_filters";
import { ROLES } from "./badges";
import { KINDS } from "./verification/line";

/** Renders the filters of the audit. */
export function AuditFilterForm({ filters, errors, onChange }: {
  filters: AuditFilters;
  errors: Record<string, string>;
  onChange: (filters: AuditFilters) => void;
}) {
  const { t } = useTranslation("people");
  const [draft, setDraft] = useState(filters);
  const bind = (name: keyof AuditFilters) => ({
    name,
    error: errors[name],
    value: draft[name],
    onChange: (event: { target: { value: string } }) => setDraft((old) => ({ ...old, [name]: event.target.value })),
  });
  const id = { autoComplete: "off", spellCheck: false } as const;
  return (
    <search>
      <form
        className="inline-form people-filters"
        onSubmit={(event) => {
          event.preventDefault();
          onChange(draft);
        }}
      >
        <Select label={t("filter.kind")} {...bind("subject_kind")}>
          <option value="">{t("filter.all")}</option>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t(`kind.${kind}`)}
            </option>
          ))}
        </Select>
        <Field
          label={t("filter.subject")}
          maxLength={170}
          disabled={draft.subject_kind === ""}
          title={draft.subject_kind === "" ? t("filter.subjectNeedsKind") : undefined}
          {...id}
          {...bind("subject_id")}
          value={draft.subject_kind === "" ? "" : draft.subject_id}
        />
        <Select label={t("filter.what")} {...bind("what")}>
          <option value="">{t("filter.all")}</option>
          {CHANGES.map((what) => (
            <option key={what} value={what}>
              {t(`what.${what}`)}
            </option>
          ))}
        </Select>
        <Field label={t("filter.actor")} placeholder="usr_…, system" maxLength={80} {...id} {...bind("actor")} />
        <Select label={t("filter.role")} {...bind("role")}>
          <option value="">{t("filter.all")}</option>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(`role.${role}`)}
            </option>
          ))}
        </Select>
        <Field label={t("filter.from")} title={zoneLabel()} type="datetime-local" {...bind("from")} />
        <Field label={t("filter.to")} title={zoneLabel()} type="datetime-local" {...bind("to")} />
        <div className="actions">
          <Button type="submit">{t("filter.apply")}</Button>
          {Object.keys(writeFilters(filters)).length > 0 && (
            <Button
              look="plain"
              onClick={() => {
                setDraft(NO_FILTERS);
                onChange(NO_FILTERS);
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
