import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { count, exactTime } from "../../app/format";
import { Table } from "../../ui/table";
import { AuditEntryDetails } from "./audit_entry";
import { chainOf, SubjectLinks } from "./audit_subjects";

/** Renders audit entries, newest first. */
export function AuditTable({ caption, entries }: { caption: string; entries: readonly Schemas["AuditEntry"][] }) {
  const { t } = useTranslation("people");
  return (
    <div className="audit-table">
      <Table
        caption={caption}
        rows={entries}
        id={(row) => `${row.subject_kind} ${row.subject_id} ${row.number}`}
        columns={[
          { id: "at", heading: t("history.at"), cell: (row) => exactTime(row.at) },
          {
            id: "subject",
            heading: t("entry.subject"),
            cell: (row) => <SubjectLinks subject={{ kind: row.subject_kind, id: row.subject_id }} />,
          },
          {
            id: "number",
            heading: t("entry.number"),
            numeric: true,
            cell: (row) => (
              <Link
                href={chainOf({ kind: row.subject_kind, id: row.subject_id })}
                aria-label={t("entry.chain", { number: row.number, subject: row.subject_id })}
              >
                {count(row.number)}
              </Link>
            ),
          },
          { id: "what", heading: t("history.change"), cell: (row) => t(`what.${row.what}`) },
          {
            id: "actor",
            heading: t("history.actor"),
            cell: (row) =>
              row.actor === "system" ? t("entry.system") : <Link href={`/users/${encodeURIComponent(row.actor)}`}>{row.actor}</Link>,
          },
          { id: "reason", heading: t("history.reason"), cell: (row) => row.reason ?? "–" },
          { id: "more", heading: t("entry.details"), cell: (row) => <AuditEntryDetails entry={row} /> },
        ]}
      />
    </div>
  );
}
