import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { isMissing } from "../../app/query";
import { Select } from "../../ui/field";
import { List, useList } from "../../ui/list";
import { Empty, Section } from "../../ui/page";
import { AuditTable } from "./audit_table";

const VIEWS = ["account", "payment", "actor"] as const;
type View = (typeof VIEWS)[number];

/** Lists audit entries about a user: of the account, of the balance, and of what the user did. */
export function UserAuditEntries({ id }: { id: string }) {
  const { t } = useTranslation("people");
  const [view, setView] = useState<View>("account");
  const ofSubject = view === "actor" ? undefined : { subject_kind: view, subject_id: id };
  const query = ofSubject ?? { actor: id };
  const list = useList<Schemas["AuditEntry"]>(["audit", query], (cursor, signal) =>
    client.page("/audit", { params: { query: { ...query, limit: 10, cursor } }, signal }),
  );
  const none = <Empty title={list.more ? t("audit.furtherOn") : t(`userAudit.none.${view}`)} />;
  return (
    <Section title={t("userAudit.title")} actions={<Link href={`/audit?${new URLSearchParams({ ...query })}`}>{t("userAudit.open")}</Link>}>
      <div className="inline-form people-form">
        <Select label={t("userAudit.about")} value={view} onChange={(event) => setView(event.target.value as View)}>
          {VIEWS.map((name) => (
            <option key={name} value={name}>
              {t(`userAudit.view.${name}`)}
            </option>
          ))}
        </Select>
      </div>
      {isMissing(list.error) ? (
        none
      ) : (
        <List list={list} lines={4} empty={none}>
          {(rows) => <AuditTable caption={t(`userAudit.view.${view}`)} entries={rows} />}
        </List>
      )}
    </Section>
  );
}
