import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { exactTime, money } from "../../app/format";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Fact, Facts, Section } from "../../ui/page";
import "./sales.css";

type Report = Schemas["UnbookedPaymentReport"];

/** Codes that reports are refused with and that have an advice of their own. */
const EXPLAINED = ["NOT_FOUND", "CONFLICT", "ACCOUNT_CLOSED", "VALIDATION_ERROR", "BAD_JSON"] as const;

/** Lists the reports of the payment provider that could not be booked, each with what it means and what to do. */
export function Reports() {
  const { t } = useTranslation(["salesStaff", "common"]);
  const list = useList<Report>(["payments", "reports"], (cursor, signal) =>
    client.page("/payments/reports", { params: { query: { cursor } }, signal }),
  );
  return (
    <Section title={t("report.list")}>
      <p className="muted">{t("report.intro")}</p>
      <List
        list={list}
        lines={3}
        empty={
          <Empty title={t("report.empty")}>
            <p>{t("report.emptyAdvice")}</p>
          </Empty>
        }
      >
        {(rows) => (
          <div className="stack">
            {rows.map((report) => (
              <Entry key={report.id} report={report} />
            ))}
          </div>
        )}
      </List>
    </Section>
  );
}

function Entry({ report }: { report: Report }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const code = EXPLAINED.find((known) => known === report.code) ?? "other";
  return (
    <article className="card">
      <div className="row">
        <Badge tone="bad">{t(`report.title.${code}`)}</Badge>
        <span className="muted">{exactTime(report.received_at)}</span>
      </div>
      <p>{t(`report.meaning.${code}`)}</p>
      <p>
        <strong>{t("report.todo")}</strong> {t(`report.advice.${code}`)}
      </p>
      <Facts>
        <Fact name={t("payment.amount")}>{report.amount == null ? t("report.unreadable") : money(report.amount)}</Fact>
        <Fact name={t("report.status")}>{report.status ?? t("report.unreadable")}</Fact>
        <Fact name={t("report.reference")}>{report.reference ?? t("report.unreadable")}</Fact>
        <Fact name={t("order.one")}>
          {report.order_id ? (
            <Link href={`/orders/${encodeURIComponent(report.order_id)}`}>{report.order_id}</Link>
          ) : (
            t("report.unreadable")
          )}
        </Fact>
      </Facts>
      <details>
        <summary>{t("report.body")}</summary>
        <p className="muted">
          {report.code}: {report.message}
        </p>
        <pre tabIndex={0}>{report.body}</pre>
        <small className="muted">
          {t("id")}: <code>{String(report.id)}</code>
        </small>
      </details>
    </article>
  );
}
