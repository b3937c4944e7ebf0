import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Checkbox } from "../../ui/field";
import { Badge, Notice } from "../../ui/page";
import { useToast } from "../../ui/toast";

type Rule = Schemas["NotificationRule"];
type Draft = Schemas["NotificationRuleUpdate"];
type Channel = Rule["channels"][number];

const CHANNELS: readonly Channel[] = ["mail", "webhook"];

const draftOf = ({ enabled, channels, urgent }: Rule): Draft => ({ enabled, channels, urgent });
const isSame = (a: Draft, b: Draft) =>
  a.enabled === b.enabled && a.urgent === b.urgent && CHANNELS.every((name) => a.channels.includes(name) === b.channels.includes(name));

/** Shows the rule of one kind of notification, and changes it. */
export function NotificationRule({ rule, writes }: { rule: Rule; writes: boolean }) {
  const { t } = useTranslation(["operations", "common"]);
  const toast = useToast();
  const cache = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(rule));
  const name = t(`rules.kind.${rule.kind}`);
  // The API replaces a rule whatever it was, so it is read before: what somebody else changed is shown first.
  const save = useMutation({
    mutationFn: async (seen: Rule): Promise<{ present: Rule } | undefined> => {
      const present = (await client.get("/notifications/rules")).find(({ kind }) => kind === rule.kind);
      if (present && present.updated_at !== seen.updated_at) return { present };
      await client.put("/notifications/rules/{kind}", { params: { path: { kind: rule.kind } }, body: draft });
      return undefined;
    },
    onSuccess: async (conflict) => {
      if (conflict) return;
      toast(t("rules.saved", { kind: name }));
      await cache.invalidateQueries({ queryKey: ["notification-rules"] });
    },
  });
  const conflict = save.data?.present;
  return (
    <article className="card operations-rule">
      <header>
        <h2>{name}</h2>
        {rule.enabled ? <Badge tone="good">{t("rules.on")}</Badge> : <Badge>{t("rules.off")}</Badge>}
      </header>
      <p>{t(`rules.means.${rule.kind}`)}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(rule);
        }}
      >
        <fieldset disabled={!writes || save.isPending}>
          <legend className="hidden">{name}</legend>
          <Checkbox label={t("rules.enabled")} checked={draft.enabled} onChange={(event) => setDraft({ ...draft, enabled: event.target.checked })} />
          {CHANNELS.map((channel) => (
            <Checkbox
              key={channel}
              label={t(`rules.channel.${channel}`)}
              checked={draft.channels.includes(channel)}
              disabled={!draft.enabled}
              onChange={(event) =>
                setDraft({
                  ...draft,
                  channels: CHANNELS.filter((other) => (other === channel ? event.target.checked : draft.channels.includes(other))),
                })
              }
            />
          ))}
          <Checkbox label={t("rules.urgent")} checked={draft.urgent} disabled={!draft.enabled} onChange={(event) => setDraft({ ...draft, urgent: event.target.checked })} />
        </fieldset>
        {draft.enabled && draft.channels.length === 0 && <p className="muted">{t("rules.noChannel")}</p>}
        {conflict && (
          <Notice tone="warn" title={t("rules.conflict")}>
            <p>{t("rules.conflictAdvice", { time: conflict.updated_at ? dateTime(conflict.updated_at) : "–" })}</p>
            <div className="actions">
              <Button small look="secondary" onClick={() => void cache.invalidateQueries({ queryKey: ["notification-rules"] })}>
                {t("rules.takePresent")}
              </Button>
              <Button small busy={save.isPending} onClick={() => save.mutate(conflict)}>
                {t("rules.saveMine")}
              </Button>
            </div>
          </Notice>
        )}
        <Failure error={save.error} />
        {writes && (
          <Button type="submit" busy={save.isPending} disabled={isSame(draft, draftOf(rule))}>
            {t("common:save")}
            <span className="hidden"> {name}</span>
          </Button>
        )}
      </form>
      <p className="muted">
        {rule.updated_at ? (
          <>
            {t("rules.changed", { time: dateTime(rule.updated_at) })}{" "}
            {rule.updated_by != null && <Link href={`/users/${encodeURIComponent(rule.updated_by)}`}>{String(rule.updated_by)}</Link>}
          </>
        ) : (
          t("rules.builtIn")
        )}
      </p>
    </article>
  );
}
