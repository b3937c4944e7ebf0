import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { LANGUAGES } from "../../app/i18n";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Checkbox, Field, Select } from "../../ui/field";
import { Loading, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { formError, useFieldErrors } from "./use_field_errors";

type NotificationPreferences = Schemas["NotificationPreferences"];
type Kind = NotificationPreferences["muted"][number];

const KINDS: readonly Kind[] = ["let_in", "hold_ends", "deal_starts", "granted", "request_approved", "request_rejected"];
const PREFERENCES = ["account", "notifications"];
const QUIET_HOURS = { from: "22:00", to: "08:00" };

/** Shows and changes which notifications are sent, how, when and in which language. */
export function Preferences() {
  const { t } = useTranslation("account");
  const preferences = useQuery({
    queryKey: PREFERENCES,
    queryFn: ({ signal }) => client.get("/users/me/notifications", { signal }),
  });
  return (
    <Section title={t("notifications.title")}>
      <Failure error={preferences.error} retry={() => void preferences.refetch()} />
      {preferences.data ? (
        <PreferencesForm key={preferences.data.updated_at} stored={preferences.data} />
      ) : (
        !preferences.error && <Loading lines={10} />
      )}
    </Section>
  );
}

function PreferencesForm({ stored }: { stored: NotificationPreferences }) {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const toast = useToast();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(stored);
  const change = (part: Partial<NotificationPreferences>) => setDraft({ ...draft, ...part });
  const save = useMutation({
    mutationFn: ({ updated_at: _, ...body }: NotificationPreferences) => client.put("/users/me/notifications", { body }),
    onSuccess: (saved) => {
      queries.setQueryData(PREFERENCES, saved);
      toast(t("notifications.saved"));
    },
  });
  const errors = useFieldErrors(save.error);
  const reminders = draft.deals.length + draft.queues.length;
  const mute = (kind: Kind, wanted: boolean) => {
    const others = draft.muted.filter((muted) => muted !== kind);
    change({ muted: wanted ? others : [...others, kind] });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(draft);
  };
  return (
    <form className="narrow" noValidate onSubmit={submit}>
      <Failure error={formError(save.error, errors)} />
      <fieldset className="group">
        <legend>{t("notifications.channels")}</legend>
        <Checkbox
          label={t("notifications.mail")}
          checked={draft.mail}
          onChange={(event) => change({ mail: event.target.checked })}
        />
        <p className="muted">{t("notifications.security")}</p>
      </fieldset>
      <fieldset className="group">
        <legend>{t("notifications.kinds")}</legend>
        {KINDS.map((kind) => (
          <Checkbox
            key={kind}
            label={t(`notifications.kind.${kind}`)}
            checked={!draft.muted.includes(kind)}
            onChange={(event) => mute(kind, event.target.checked)}
          />
        ))}
        {reminders > 0 && (
          <p>
            {t("notifications.reminders", { count: reminders })}{" "}
            <Button small look="plain" onClick={() => change({ deals: [], queues: [] })}>
              {t("notifications.forget")}
            </Button>
          </p>
        )}
      </fieldset>
      <fieldset className="group">
        <legend>{t("notifications.quietTitle")}</legend>
        <Checkbox
          label={t("notifications.quiet")}
          checked={draft.quiet_hours != null}
          onChange={(event) => change({ quiet_hours: event.target.checked ? QUIET_HOURS : null })}
        />
        {draft.quiet_hours && (
          <div className="columns">
            <Field
              type="time"
              label={t("notifications.from")}
              value={draft.quiet_hours.from}
              onChange={(event) => change({ quiet_hours: { ...QUIET_HOURS, ...draft.quiet_hours, from: event.target.value } })}
              error={errors["quiet_hours.from"]}
            />
            <Field
              type="time"
              label={t("notifications.to")}
              value={draft.quiet_hours.to}
              onChange={(event) => change({ quiet_hours: { ...QUIET_HOURS, ...draft.quiet_hours, to: event.target.value } })}
              error={errors["quiet_hours.to"] ?? errors.quiet_hours}
            />
          </div>
        )}
        <p className="muted">{t("notifications.urgent")}</p>
      </fieldset>
      <Select
        label={t("notifications.language")}
        value={draft.locale}
        onChange={(event) => change({ locale: event.target.value as NotificationPreferences["locale"] })}
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        label={t("notifications.timeZone")}
        value={draft.time_zone}
        onChange={(event) => change({ time_zone: event.target.value })}
        error={errors.time_zone}
      >
        {timeZones(draft.time_zone).map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </Select>
      <Button type="submit" busy={save.isPending}>
        {common("save")}
      </Button>
    </form>
  );
}

/** Returns the time zones that the browser knows, with the one that is stored. */
function timeZones(stored: string): string[] {
  return [...new Set([stored, ...Intl.supportedValuesOf("timeZone"), "UTC"])].sort();
}
