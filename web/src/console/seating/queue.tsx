import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, exactTime } from "../../app/format";
import { Failure } from "../../ui/error";
import { Fact, Facts, Loading, Notice, Page, Section } from "../../ui/page";
import { QueueBadge } from "./queue_badge";
import { type QueueStatus, readQueue } from "./queue_data";
import { QueueGuards } from "./queue_guards";
import { QueueChart, QueueNumbers } from "./queue_numbers";
import { QueueStatusChoice } from "./queue_status";
import { QueueTimes } from "./queue_times";
import { SettingSlider } from "./setting_slider";
import { roundValues } from "./steps";

const CAPACITIES = roundValues(1, 100_000, true);
const RATES = roundValues(0.001, 10_000, false);
const POLL_MS = 2000;

/** Shows a queue with its live numbers, and changes its settings. */
export default function Queue({ id }: { id: string }) {
  const { t } = useTranslation(["seating", "common"]);
  const found = useQuery({
    queryKey: ["queues", id],
    queryFn: ({ signal }) => readQueue(client, id, signal),
    refetchInterval: POLL_MS,
  });
  if (found.data) return <Details queue={found.data} stale={found.error} />;
  return (
    <Page title={t("queue.one")}>
      {found.error ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.data === null ? (
        <Notice tone="warn" title={t("queue.unknown")}>
          <Link href="/queues">{t("queue.toList")}</Link>
        </Notice>
      ) : (
        <Loading lines={10} />
      )}
    </Page>
  );
}

/** Details of a queue. `stale` is why the numbers could not be read again. */
function Details({ queue, stale }: { queue: QueueStatus; stale: unknown }) {
  const { t } = useTranslation(["seating", "common"]);
  const cache = useQueryClient();
  const id = String(queue.id);
  const update = useMutation({
    mutationFn: (body: Schemas["QueueUpdate"]) =>
      client.patch("/queues/{queue_id}", { params: { path: { queue_id: id } }, body, repeatable: true }),
    onSuccess: (changed) => {
      // The reply has the settings without the numbers.
      cache.setQueryData<QueueStatus | null>(["queues", id], (known) => (known ? { ...known, ...changed } : known));
    },
  });
  const { active, waiting, status } = queue;
  const capacityNote = (capacity: number) => {
    if (active > capacity) return t("capacity.above", { active: count(active), capacity: count(capacity) });
    if (active === capacity && waiting > 0) return t("capacity.full");
    return t("capacity.note");
  };
  const rateNote = (rate: number) => {
    if (status === "paused") return t("rate.paused");
    if (waiting === 0) return t("rate.note");
    const seconds = Math.ceil(waiting / rate);
    const [unit, value] = seconds < 120 ? (["second", seconds] as const) : (["minute", Math.ceil(seconds / 60)] as const);
    return t(`rate.${unit}s`, { waiting: count(waiting), count: value, time: count(value) });
  };
  return (
    <Page
      title={queue.name}
      heading={
        <span className="row">
          {queue.name} <QueueBadge status={queue.status} />
        </span>
      }
    >
      <Failure error={stale} />
      <QueueNumbers queue={queue} />
      <Section title={t("queue.flow")}>
        <div className="columns">
          <SettingSlider
            label={t("queue.admissions_per_second")}
            exactLabel={t("setting.exact")}
            value={queue.admissions_per_second}
            steps={RATES}
            whole={false}
            text={(value) => t("rate.value", { count: value, rate: count(value) })}
            send={(admissions_per_second) => update.mutateAsync({ admissions_per_second })}
          >
            {(rate) => `${rateNote(rate)} ${t("rate.admitted")}`}
          </SettingSlider>
          <SettingSlider
            label={t("queue.capacity")}
            exactLabel={t("setting.exact")}
            value={queue.capacity}
            steps={CAPACITIES}
            whole
            text={(value) => t("capacity.value", { count: value, capacity: count(value) })}
            send={(capacity) => update.mutateAsync({ capacity })}
          >
            {(capacity) => <span className={active > capacity ? "seating-warn" : undefined}>{capacityNote(capacity)}</span>}
          </SettingSlider>
        </div>
      </Section>
      <QueueChart queue={queue} />
      <Section title={t("queue.statusTitle")}>
        <QueueStatusChoice queue={queue} send={(next) => update.mutateAsync({ status: next })} />
      </Section>
      <Section title={t("queue.guards")}>
        <QueueGuards id={id} />
      </Section>
      <Section title={t("queue.more")}>
        <QueueTimes
          key={`${queue.name} ${queue.token_seconds} ${queue.no_show_seconds} ${queue.joins_per_second}`}
          queue={queue}
          send={(body) => update.mutateAsync(body)}
        />
      </Section>
      <Facts>
        <Fact name={t("createdAt")}>{exactTime(queue.created_at)}</Fact>
        <Fact name={t("id")}>
          <code>{id}</code>
        </Fact>
      </Facts>
    </Page>
  );
}
