import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "wouter";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { isMissing } from "../../app/query";
import { hasRole, useAccount } from "../../app/session";
import { List, useList } from "../../ui/list";
import { Empty, Notice, Page, Section } from "../../ui/page";
import { AuditExport } from "./audit_export";
import { AuditFilterForm } from "./audit_filter_form";
import { queryOf, readFilters, writeFilters } from "./audit_filters";
import { AuditTable } from "./audit_table";
import { chainOf } from "./audit_subjects";
import { AuditVerification } from "./verification/page";
import "./people.css";

/** Searches, exports and verifies the audit. */
export default function Audit() {
  const { t } = useTranslation("people");
  const [search] = useSearchParams();
  const verifies = search.get("view") === "verify";
  if (!hasRole(useAccount(), "AUDITOR"))
    return (
      <Page title={t("audit.title")}>
        <Notice tone="warn">{t("audit.forbidden")}</Notice>
      </Page>
    );
  return (
    <Page title={t(verifies ? "verify.title" : "audit.title")}>
      <nav className="people-views" aria-label={t("audit.views")}>
        <Link href="/audit" aria-current={verifies ? undefined : "page"}>
          {t("audit.entries")}
        </Link>
        <Link href="/audit?view=verify" aria-current={verifies ? "page" : undefined}>
          {t("audit.verification")}
        </Link>
      </nav>
      {verifies ? <AuditVerification /> : <Entries />}
    </Page>
  );
}

function Entries() {
  const { t } = useTranslation("people");
  const [search, setSearch] = useSearchParams();
  const filters = readFilters(search);
  const query = queryOf(filters);
  const list = useList<Schemas["AuditEntry"]>(["audit", query], (cursor, signal) =>
    client.page("/audit", { params: { query: { ...query, limit: 50, cursor } }, signal }),
  );
  const subject = filters.subject_kind && filters.subject_id ? { kind: filters.subject_kind, id: filters.subject_id } : undefined;
  const none = (
    <Empty title={list.more ? t("audit.furtherOn") : t("audit.none")}>
      <p>{list.more ? t("audit.furtherOnAdvice") : t("audit.noneAdvice")}</p>
    </Empty>
  );
  return (
    <>
      {/* A form whose filters came by a link is another form. */}
      <AuditFilterForm
        key={search.toString()}
        filters={filters}
        errors={fieldErrors(list.error)}
        onChange={(next) => setSearch(writeFilters(next))}
      />
      <Section
        title={t("audit.entries")}
        actions={
          <>
            {subject && <Link href={chainOf(subject, "verify")}>{t("audit.verifyChain")}</Link>}
            <AuditExport query={query} />
          </>
        }
      >
        {isMissing(list.error) ? (
          none
        ) : (
          <List list={list} lines={10} empty={none}>
            {(rows) => <AuditTable caption={t("audit.entries")} entries={rows} />}
          </List>
        )}
      </Section>
    </>
  );
}
