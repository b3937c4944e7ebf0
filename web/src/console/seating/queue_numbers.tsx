import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { clockTime, count, duration } from "../../app/format";
import { Chart } from "../../ui/chart/chart";
import { Fact, Section } from "../../ui/page";
import { Numbers } from "./numbers";
import type { QueueStatus } from "./queue_data";

/** Number of samples that the chart shows, one for each reading. */
const SHOWN = 150;

interface Sample {
  at: number;
  waiting: number;
  active: number;
}

/** Shows how many users wait, are admitted, were served and gave up. */
export function QueueNumbers({ queue }: { queue: QueueStatus }) {
  const { t } = useTranslation(["seating", "common"]);
  const id = String(queue.id);
  const progress = useQuery({
    queryKey: ["queues", id, "progress"],
    queryFn: ({ signal }) => client.get("/queues/{queue_id}", { params: { path: { queue_id: id } }, signal }),
    refetchInterval: (query) => Math.max(1000, query.state.data?.poll_after_ms ?? 2000),
  });
  const numbers = ["waiting", "active", "served", "gave_up"] as const;
  return (
    <Numbers>
      {numbers.map((name) => (
        <Fact key={name} name={t(`queue.number.${name}`)}>
          <span className="live big">{count(queue[name])}</span>
        </Fact>
      ))}
      <Fact name={t("queue.number.rate")}>
        <span className="live big">{progress.data ? count(Math.round(progress.data.rate * 10) / 10) : t("common:none")}</span>
      </Fact>
      <Fact name={t("queue.number.joined")}>
        <span className="live big">{progress.data ? count(progress.data.joined) : t("common:none")}</span>
      </Fact>
    </Numbers>
  );
}

/** Draws how the numbers of waiting and admitted users developed since the page was opened. */
export function QueueChart({ queue }: { queue: QueueStatus }) {
  const { t } = useTranslation(["seating", "common"]);
  const { began, samples } = useSamples(queue);
  return (
    <Section title={t("queue.chart")}>
      <p className="muted">{t("queue.chartNote")}</p>
      <Chart
        title={t("queue.chartTitle")}
        x={samples.map(({ at }) => at)}
        series={[
          { label: t("queue.number.waiting"), values: samples.map(({ waiting }) => waiting), tone: "1" },
          { label: t("queue.number.active"), values: samples.map(({ active }) => active), tone: "2", look: "dashed" },
        ]}
        tick={(at) => duration(at - began)}
        exact={clockTime}
        value={count}
        height={180}
      />
    </Section>
  );
}

/** Collects the numbers of a queue at each reading. */
function useSamples(queue: QueueStatus): { began: number; samples: Sample[] } {
  const [began] = useState(() => client.now());
  const [samples, setSamples] = useState<Sample[]>([]);
  const { waiting, active } = queue;
  useEffect(() => {
    const take = () => setSamples((before) => [...before.slice(1 - SHOWN), { at: client.now(), waiting, active }]);
    take();
    // Numbers that stay the same are drawn as well.
    const timer = setInterval(take, 2000);
    return () => clearInterval(timer);
  }, [waiting, active]);
  return { began, samples };
}
