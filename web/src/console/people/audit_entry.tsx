import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { exactTime } from "../../app/format";
import { Fact, Facts } from "../../ui/page";
import { changedMembers, written } from "./audit_changes";
import type { Json } from "./verification/json";

/** Shows what an entry changed, with the state before and after, and what links it to its chain. */
export function AuditEntryDetails({ entry }: { entry: Schemas["AuditEntry"] }) {
  const { t } = useTranslation("people");
  const changes = changedMembers(entry.before as Json | undefined, entry.after as Json);
  return (
    <details className="audit-details">
      <summary>
        {t("entry.show")}
        <span className="hidden"> {t("entry.of", { subject: `${entry.subject_kind} ${entry.subject_id}`, number: entry.number })}</span>
      </summary>
      {changes.length > 0 && (
        <table>
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
        {entry.role && <Fact name={t("filter.role")}>{entry.role}</Fact>}
        {entry.request_id && <Fact name={t("entry.requestId")}>{entry.request_id}</Fact>}
        {entry.before_digest && <Fact name={t("entry.beforeDigest")}>{entry.before_digest}</Fact>}
        {entry.previous_at && <Fact name={t("entry.previousAt")}>{exactTime(entry.previous_at)}</Fact>}
        <Fact name={t("entry.previous")}>
          <code>{entry.previous ?? t("entry.first")}</code>
        </Fact>
        <Fact name={t("entry.hash")}>
          <code>{entry.hash}</code>
        </Fact>
        <Fact name={t("entry.coveredIn")}>{t("verify.hour", { hour: entry.covered_in })}</Fact>
      </Facts>
    </details>
  );
}
