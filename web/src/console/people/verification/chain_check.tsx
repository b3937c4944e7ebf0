import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { isMissing } from "../../../app/query";
import { Button } from "../../../ui/button";
import { Failure } from "../../../ui/error";
import { Field, Select } from "../../../ui/field";
import { Badge, Notice, Section } from "../../../ui/page";
import { Table } from "../../../ui/table";
import { readFilters } from "../audit_filters";
import { type Covering, verifyChain } from "./chain";
import { shownHour } from "./hours";
import { KINDS, type Subject, type SubjectKind } from "./line";
import { useProblems } from "./problems";
import { CheckProgress } from "./progress";
import { ReportView, Result } from "./report";
import { useCheck } from "./use_check";

/** Verifies the chain of one subject, with the roots of the hours in which it changed. */
export function ChainCheck() {
  const { t } = useTranslation("people");
  const [search] = useSearchParams();
  const given = readFilters(search);
  const [kind, setKind] = useState<SubjectKind>(given.subject_kind || "order");
  const [id, setId] = useState(given.subject_id);
  const check = useCheck((subject: Subject, onProgress, signal) => verifyChain(subject, onProgress, signal));
  return (
    <Section title={t("verify.chain")}>
      <p className="muted">{t("verify.chainAdvice")}</p>
      <form
        className="inline-form people-form"
        onSubmit={(event) => {
          event.preventDefault();
          check.start({ kind, id: id.trim() });
        }}
      >
        <Select label={t("filter.kind")} value={kind} onChange={(event) => setKind(event.target.value as SubjectKind)}>
          {KINDS.map((name) => (
            <option key={name} value={name}>
              {t(`kind.${name}`)}
            </option>
          ))}
        </Select>
        <Field label={t("filter.subject")} required autoComplete="off" spellCheck={false} maxLength={170} value={id} onChange={(event) => setId(event.target.value)} />
        <Button type="submit" busy={check.progress !== undefined}>
          {t("verify.start")}
        </Button>
      </form>
      {check.progress && <CheckProgress progress={check.progress} onStop={check.stop} />}
      {isMissing(check.error) ? <Notice tone="warn">{t("verify.noChain")}</Notice> : <Failure error={check.error} />}
      {check.result && !check.progress && (
        <ReportView report={check.result.report} hasRoots={false} withLines={false}>
          <CoveringRoots covering={check.result.covering} />
        </ReportView>
      )}
    </Section>
  );
}

function CoveringRoots({ covering }: { covering: readonly Covering[] }) {
  const { t } = useTranslation("people");
  const { ofRoot } = useProblems();
  return (
    <>
      <h3>{t("verify.coveringRoots")}</h3>
      <Table
        caption={t("verify.coveringRoots")}
        rows={covering}
        id={(row) => row.hour}
        columns={[
          { id: "hour", heading: t("verify.hourHeading"), cell: (row) => shownHour(row.hour) },
          { id: "numbers", heading: t("verify.numbers"), cell: (row) => [...row.numbers].sort((a, b) => a - b).join(", ") },
          {
            id: "result",
            heading: t("verify.result"),
            cell: (row) =>
              row.isOpen ? <Badge>{t("verify.noRootYet")}</Badge> : <Result problem={row.problem && ofRoot(row.problem)} />,
          },
        ]}
      />
    </>
  );
}
