import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { withIntent } from "../../app/intent";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { Table } from "../../ui/table";
import { useToast } from "../../ui/toast";
import { useMayWrite } from "../sales/may_write";
import { QueueBadge } from "./queue_badge";
import type { QueueStatus } from "./queue_data";
import { QueueForm } from "./queue_form";

/** Lists queues with the numbers of their users, and creates them. */
export default function Queues() {
  const { t } = useTranslation(["seating", "common"]);
  const [creating, setCreating] = useState(false);
  const list = useList<QueueStatus>(
    ["queues"],
    (cursor, signal) => client.page("/queues", { params: { query: { cursor } }, signal }),
    { refetchInterval: 3000 },
  );
  const create = useMayWrite() && <Button onClick={() => setCreating(true)}>{t("queue.new")}</Button>;
  return (
    <Page title={t("queue.list")} actions={create}>
      <List
        list={list}
        empty={
          <Empty title={t("queue.empty")}>
            <p>{t("queue.emptyAdvice")}</p>
            {create}
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("queue.list")}
            rows={rows}
            id={(row) => String(row.id)}
            columns={[
              { id: "name", heading: t("queue.name"), cell: (row) => <Link href={`/queues/${row.id}`}>{row.name}</Link> },
              { id: "status", heading: t("queue.statusTitle"), cell: (row) => <QueueBadge status={row.status} /> },
              ...(["waiting", "active", "served", "gave_up"] as const).map((number) => ({
                id: number,
                heading: t(`queue.number.${number}`),
                numeric: true,
                cell: (row: QueueStatus) => <span className="live">{count(row[number])}</span>,
              })),
              { id: "capacity", heading: t("queue.capacityShort"), numeric: true, cell: (row) => count(row.capacity) },
              { id: "rate", heading: t("queue.rateShort"), numeric: true, cell: (row) => count(row.admissions_per_second) },
            ]}
          />
        )}
      </List>
      {creating && <NewQueue onClose={() => setCreating(false)} />}
    </Page>
  );
}

function NewQueue({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["seating", "common"]);
  const [, navigate] = useLocation();
  const toast = useToast();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: (body: Schemas["QueueCreate"]) =>
      withIntent(`queue:${JSON.stringify(body)}`, (idempotencyKey) => client.post("/queues", { body, idempotencyKey })),
    onSuccess: (queue) => {
      void cache.invalidateQueries({ queryKey: ["queues"] });
      toast(t("queue.created", { name: queue.name }));
      navigate(`/queues/${queue.id}`);
    },
  });
  return (
    <Dialog title={t("queue.new")} onClose={onClose} wide>
      <QueueForm busy={create.isPending} error={create.error} onSubmit={create.mutate} />
    </Dialog>
  );
}
