import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { count } from "../../../app/format";
import { Button } from "../../../ui/button";
import { Badge, Fact, Facts, Notice } from "../../../ui/page";
import { Table } from "../../../ui/table";
import { chainOf, SubjectLinks } from "../audit_subjects";
import { Link } from "wouter";
import { shownHour } from "./hours";
import type { Line } from "./line";
import { useProblems } from "./problems";
import type { Report } from "./verify";

const SHOWN = 50;

/** Shows the outcome of a verification: whether all is right, what a failure means, and the result of each entry. */
export function ReportView({ report, hasRoots, withLines, children }: {
  report: Report;
  /** Whether roots were compared. */
  hasRoots: boolean;
  /** Whether the numbers of the lines say something, as those of a file do. */
  withLines: boolean;
  /** Further results, between the summary and the entries. */
  children?: ReactNode;
}) {
  const { t } = useTranslation("people");
  const wrong = report.lines.filter(({ problem }) => problem).length;
  return (
    <div className="audit-report">
      {report.isRight ? (
        <Notice tone="good" title={t("verify.right")}>
          <p>{t("verify.rightAdvice")}</p>
        </Notice>
      ) : (
        <Notice tone="bad" title={wrong > 0 ? t("verify.wrong", { count: wrong, number: count(wrong) }) : t("verify.wrongRoots")}>
          <p>{t("verify.wrongAdvice")}</p>
        </Notice>
      )}
      <Facts>
        <Fact name={t("verify.entries")}>{count(report.lines.length)}</Fact>
        <Fact name={t("verify.subjects")}>{count(report.subjects)}</Fact>
        {hasRoots && <Fact name={t("verify.covered")}>{count(report.covered)}</Fact>}
        {hasRoots && (
          <Fact name={t("verify.uncovered")}>
            {report.uncoveredSince ? shownHour(report.uncoveredSince) : t("verify.uncoveredNone")}
          </Fact>
        )}
        <Fact name={t("verify.begunLate")}>{count(report.begunLate)}</Fact>
      </Facts>
      {report.begunLate > 0 && <p className="muted">{t("verify.begunLateAdvice")}</p>}
      {hasRoots && report.uncoveredSince && <p className="muted">{t("verify.uncoveredAdvice")}</p>}
      {children}
      <Roots report={report} />
      <Lines lines={report.lines} withLines={withLines} />
    </div>
  );
}

/** Renders whether an entry or a root is right, and otherwise why not. */
export function Result({ problem }: { problem: string | undefined }) {
  const { t } = useTranslation("people");
  return problem === undefined ? (
    <Badge tone="good">✓ {t("verify.ok")}</Badge>
  ) : (
    <>
      <Badge tone="bad">✗ {t("verify.bad")}</Badge> {problem}
    </>
  );
}

function Roots({ report }: { report: Report }) {
  const { t } = useTranslation("people");
  const { ofRoot } = useProblems();
  const [shown, setShown] = useState(SHOWN);
  if (report.roots.length === 0) return null;
  // What is wrong comes first, then the latest hours.
  const rows = [...report.roots].reverse().sort((a, b) => Number(!a.problem) - Number(!b.problem));
  return (
    <>
      <h3>{t("verify.roots")}</h3>
      <Table
        caption={t("verify.roots")}
        rows={rows.slice(0, shown)}
        id={(row) => `${row.hour} ${row.problem?.code}`}
        columns={[
          { id: "hour", heading: t("verify.hourHeading"), cell: (row) => shownHour(row.hour) },
          { id: "entries", heading: t("verify.entries"), numeric: true, cell: (row) => count(row.entries) },
          { id: "result", heading: t("verify.result"), cell: (row) => <Result problem={row.problem && ofRoot(row.problem)} /> },
        ]}
      />
      <More shown={shown} total={rows.length} onMore={setShown} />
    </>
  );
}

function Lines({ lines, withLines }: { lines: readonly Line[]; withLines: boolean }) {
  const { t } = useTranslation("people");
  const { ofEntry } = useProblems();
  const [shown, setShown] = useState(SHOWN);
  const rows = [...lines].sort((a, b) => Number(!a.problem) - Number(!b.problem));
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{t("verify.eachEntry")}</h3>
      <Table
        caption={t("verify.eachEntry")}
        rows={rows.slice(0, shown)}
        id={(row) => String(row.line)}
        columns={[
          ...(withLines
            ? [{ id: "line", heading: t("verify.line"), numeric: true, cell: (row: Line) => count(row.line) }]
            : []),
          { id: "subject", heading: t("entry.subject"), cell: (row) => (row.subject ? <SubjectLinks subject={row.subject} /> : "–") },
          {
            id: "number",
            heading: t("entry.number"),
            numeric: true,
            cell: (row) =>
              row.subject && row.number !== undefined ? <Link href={chainOf(row.subject)}>{count(row.number)}</Link> : "–",
          },
          { id: "hash", heading: t("entry.hash"), cell: (row) => <code>{row.hash ? `${row.hash.slice(0, 12)}…` : "–"}</code> },
          { id: "result", heading: t("verify.result"), cell: (row) => <Result problem={row.problem && ofEntry(row.problem)} /> },
        ]}
      />
      <More shown={shown} total={rows.length} onMore={setShown} />
    </>
  );
}

function More({ shown, total, onMore }: { shown: number; total: number; onMore: (shown: number) => void }) {
  const { t } = useTranslation(["people", "common"]);
  if (shown >= total) return null;
  return (
    <p>
      <span className="muted">{t("verify.shown", { shown: count(shown), total: count(total) })}</span>{" "}
      <Button small look="secondary" onClick={() => onMore(shown * 4)}>
        {t("common:more")}
      </Button>
    </p>
  );
}
