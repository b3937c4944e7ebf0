import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exactTime } from "../../app/format";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Fact, Facts } from "../../ui/page";
import { changedMembers, written } from "./audit_changes";
import { shownHour } from "./verification/hours";
import type { Json } from "./verification/json";

/** Opens what an entry changed, with the state before and after, and what links it to its chain. */
export function AuditEntryDetails({ entry }: { entry: Schemas["AuditEntry"] }) {
  const { t } = useTranslation("people");
  const [open, setOpen] = useState(false);
  const name = t("entry.of", { subject: `${t(`kind.${entry.subject_kind}`)} ${entry.subject_id}`, number: entry.number });
  return (
    <>
      <Button small look="secondary" onClick={() => setOpen(true)}>
        {t("entry.show")}
        <span className="hidden"> {name}</span>
      </Button>
      {open && (
        <Dialog title={name} onClose={() => setOpen(false)} wide>
          <Details entry={entry} />
        </Dialog>
      )}
    </>
  );
}

function Details({ entry }: { entry: Schemas["AuditEntry"] }) {
  const { t } = useTranslation("people");
  const changes = changedMembers(entry.before as Json | undefined, entry.after as Json);
  return (
    <>
      <p>
        {t(`what.${entry.what}`)} · {exactTime(entry.at)} · {entry.actor}
      </p>
      {changes.length > 0 && (
        <table className="audit-changes">
          <caption className="hidden">{t("entry.changes")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("entry.member")}</th>
              <th scope="col">{t("history.before")}</th>
              <th scope="col">{t("history.after")}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ name, before, after }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{written(before)}</td>
                <td>{written(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {entry.before_digest && <p className="muted">{t("entry.digestAdvice")}</p>}
      <Facts>
        {entry.reason && <Fact name={t("history.reason")}>{entry.reason}</Fact>}
        {entry.role && <Fact name={t("filter.role")}>{entry.role}</Fact>}
        {entry.request_id && <Fact name={t("entry.requestId")}>{entry.request_id}</Fact>}
        {entry.before_digest && <Fact name={t("entry.beforeDigest")}>{entry.before_digest}</Fact>}
        {entry.previous_at && <Fact name={t("entry.previousAt")}>{exactTime(entry.previous_at)}</Fact>}
        <Fact name={t("entry.coveredIn")}>{shownHour(entry.covered_in)}</Fact>
        <Fact name={t("entry.hash")}>
          <code>{entry.hash}</code>
        </Fact>
        <Fact name={t("entry.previous")}>{entry.previous ? <code>{entry.previous}</code> : t("entry.first")}</Fact>
      </Facts>
    </>
  );
}
