import { useQuery } from "@tanstack/react-query";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Failure } from "../../ui/error";
import { Select } from "../../ui/field";
import { allQueues } from "./queue_data";

/** Renders the choice of the queue that guards something; the empty value is none. */
export function QueueSelect({ value, ...select }: { value: string } & Omit<ComponentProps<typeof Select>, "label" | "children">) {
  const { t } = useTranslation("seating");
  const queues = useQuery({ queryKey: ["queues", "all"], queryFn: ({ signal }) => allQueues(client, signal) });
  const known = queues.data?.some((queue) => String(queue.id) === value);
  return (
    <>
      <Select label={t("queue.guard")} hint={t("queue.guardHint")} value={value} {...select}>
        <option value="">{t("queue.noGuard")}</option>
        {value && !known && <option value={value}>{value}</option>}
        {queues.data?.map((queue) => (
          <option key={queue.id} value={String(queue.id)}>
            {queue.name}
          </option>
        ))}
      </Select>
      <Failure error={queues.error} retry={() => void queues.refetch()} />
    </>
  );
}
