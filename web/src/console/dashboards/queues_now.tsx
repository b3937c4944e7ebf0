import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { hasRole, useSession } from "../../app/session";
import { List, useList } from "../../ui/list";
import { Badge, Empty, Section } from "../../ui/page";
import { Table } from "../../ui/table";

const TONES = { open: "good", paused: "warn", closed: "neutral" } as const;
const REFRESH_MS = 5_000;

/** Lists the queues with their present numbers. Auditors may not read them, so they see nothing here. */
export function QueuesNow() {
  const { t } = useTranslation("dashboards");
  const allowed = hasRole(useSession(), "OPERATOR");
  const list = useList(
    ["figures", "queues now"],
    (cursor, signal) => client.page("/queues", { params: { query: { limit: 20, cursor } }, signal }),
    { refetchInterval: REFRESH_MS, enabled: allowed },
  );
  if (!allowed) return null;
  return (
    <Section title={t("queues.now")}>
      <List
        list={list}
        lines={4}
        empty={
          <Empty title={t("queues.none")}>
            <Link href="/queues">{t("queues.create")}</Link>
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("queues.now")}
            rows={rows}
            id={({ id }) => String(id)}
            columns={[
              { id: "name", heading: t("filter.queue"), cell: ({ id, name }) => <Link href={`/queues/${encodeURIComponent(id)}`}>{name}</Link> },
              { id: "status", heading: t("events.status"), cell: ({ status }) => <Badge tone={TONES[status]}>{t(`queueStatus.${status}`)}</Badge> },
              { id: "waiting", heading: t("queues.waitingNow"), numeric: true, cell: ({ waiting }) => count(waiting) },
              {
                id: "active",
                heading: t("queues.activeNow"),
                numeric: true,
                cell: ({ active, capacity }) => t("queues.ofCapacity", { active: count(active), capacity: count(capacity) }),
              },
              { id: "rate", heading: t("queues.rate"), numeric: true, cell: ({ admissions_per_second }) => count(admissions_per_second) },
              { id: "served", heading: t("queues.servedAll"), numeric: true, cell: ({ served }) => count(served) },
              { id: "gave_up", heading: t("queues.gaveUpAll"), numeric: true, cell: ({ gave_up }) => count(gave_up) },
            ]}
          />
        )}
      </List>
    </Section>
  );
}
