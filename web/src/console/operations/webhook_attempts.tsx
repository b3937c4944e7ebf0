import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { clockTime, count, dateTime, exactTime } from "../../app/format";
import { Select } from "../../ui/field";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Section } from "../../ui/page";
import { Table } from "../../ui/table";

type Delivery = Schemas["WebhookDelivery"];

const TONES = { pending: "info", delivered: "good", given_up: "bad" } as const;
const STATUSES = ["pending", "delivered", "given_up"] as const;

/** Lists the events of the last week with the attempts to deliver them. */
export function WebhookAttempts({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation("operations");
  const [status, setStatus] = useState<Delivery["status"] | "">("");
  const list = useList<Delivery>(
    ["webhooks", String(webhook.id), "attempts"],
    (cursor, signal) =>
      client.page("/webhooks/{webhook_id}/attempts", {
        params: { path: { webhook_id: webhook.id }, query: { limit: 20, cursor } },
        signal,
      }),
    { refetchInterval: 5000 },
  );
  const shown = status ? { ...list, rows: list.rows?.filter((row) => row.status === status) } : list;
  return (
    <Section title={t("attempts.title")}>
      <p className="muted">{t("attempts.advice")}</p>
      <div className="inline-form operations-form">
        <Select label={t("attempts.filter")} value={status} onChange={(event) => setStatus(event.target.value as typeof status)}>
          <option value="">{t("attempts.all")}</option>
          {STATUSES.map((name) => (
            <option key={name} value={name}>
              {t(`attempts.status.${name}`)}
            </option>
          ))}
        </Select>
      </div>
      <List
        list={shown}
        empty={
          status ? (
            <Empty title={t("attempts.noneWith")}>{list.more && <p>{t("attempts.noneWithAdvice")}</p>}</Empty>
          ) : (
            <Empty title={t("attempts.none")}>
              <p>{t("attempts.noneAdvice")}</p>
            </Empty>
          )
        }
      >
        {(rows) => (
          <Table
            caption={t("attempts.title")}
            rows={rows}
            id={(row) => row.message_id}
            columns={[
              { id: "accepted", heading: t("attempts.accepted"), cell: (row) => dateTime(row.accepted_at) },
              {
                id: "type",
                heading: t("attempts.type"),
                cell: (row) => (
                  <>
                    <code>{row.event_type}</code>
                    <br />
                    <small className="muted">{row.event_id}</small>
                  </>
                ),
              },
              {
                id: "status",
                heading: t("webhook.state"),
                cell: (row) => (
                  <>
                    <Badge tone={TONES[row.status]}>{t(`attempts.status.${row.status}`)}</Badge>{" "}
                    {row.late && <Badge tone="warn">{t("attempts.late")}</Badge>}
                    {row.status === "pending" && row.next_try_at && (
                      <small className="muted operations-next">{t("attempts.next", { time: exactTime(row.next_try_at) })}</small>
                    )}
                  </>
                ),
              },
              { id: "tries", heading: t("attempts.tries"), cell: (row) => <Tries delivery={row} /> },
            ]}
          />
        )}
      </List>
    </Section>
  );
}

function Tries({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation("operations");
  const outcome = ({ status, failure }: Schemas["WebhookTry"]) =>
    failure ? t(`attempts.failure.${failure}`) : t("attempts.answer", { status: status ?? "–" });
  const last = delivery.tries.at(-1);
  if (!last) return <>–</>;
  return (
    <details className="operations-tries">
      <summary>
        {t("attempts.number", { count: delivery.tries.length, number: count(delivery.tries.length) })}, {outcome(last)}
      </summary>
      <ul>
        {delivery.tries.map((attempt) => (
          <li key={attempt.at}>
            <time dateTime={attempt.at} title={exactTime(attempt.at)}>
              {clockTime(attempt.at)}
            </time>
            : {outcome(attempt)} ({t("attempts.took", { ms: count(attempt.took_ms) })})
          </li>
        ))}
      </ul>
      <small className="muted">
        webhook-id: <code>{delivery.message_id}</code>
      </small>
    </details>
  );
}
