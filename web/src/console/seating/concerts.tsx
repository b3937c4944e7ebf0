import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { client } from "../../app/client";
import { count, dateTime } from "../../app/format";
import { withIntent } from "../../app/intent";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { Table } from "../../ui/table";
import { useToast } from "../../ui/toast";
import { useMayWrite } from "../sales/may_write";
import { ConcertForm } from "./concert_form";

/** Lists concerts and creates them. */
export default function Concerts() {
  const { t } = useTranslation(["seating", "common"]);
  const [creating, setCreating] = useState(false);
  const list = useList<Schemas["Concert"]>(["concerts"], (cursor, signal) =>
    client.page("/concerts", { params: { query: { cursor } }, signal }),
  );
  const create = useMayWrite() && <Button onClick={() => setCreating(true)}>{t("concert.new")}</Button>;
  return (
    <Page title={t("concert.list")} actions={create}>
      <List
        list={list}
        empty={
          <Empty title={t("concert.empty")}>
            <p>{t("concert.emptyAdvice")}</p>
            {create}
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("concert.list")}
            rows={rows}
            id={(row) => String(row.id)}
            columns={[
              { id: "name", heading: t("concert.name"), cell: (row) => <Link href={`/concerts/${row.id}`}>{row.name}</Link> },
              { id: "zone", heading: t("concert.zone"), cell: (row) => row.time_zone },
              { id: "hold", heading: t("concert.hold"), numeric: true, cell: (row) => count(row.hold_seconds) },
              {
                id: "queue",
                heading: t("concert.queue"),
                cell: (row) =>
                  row.queue_id == null ? t("concert.open") : <Link href={`/queues/${row.queue_id}`}>{String(row.queue_id)}</Link>,
              },
              { id: "created", heading: t("createdAt"), cell: (row) => dateTime(row.created_at) },
            ]}
          />
        )}
      </List>
      {creating && <NewConcert onClose={() => setCreating(false)} />}
    </Page>
  );
}

function NewConcert({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["seating", "common"]);
  const [, navigate] = useLocation();
  const toast = useToast();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: (body: Schemas["ConcertCreate"]) =>
      withIntent(`concert:${JSON.stringify(body)}`, (idempotencyKey) => client.post("/concerts", { body, idempotencyKey })),
    onSuccess: (concert) => {
      void cache.invalidateQueries({ queryKey: ["concerts"] });
      toast(t("concert.created", { name: concert.name }));
      navigate(`/concerts/${concert.id}`);
    },
  });
  return (
    <Dialog title={t("concert.new")} onClose={onClose} wide>
      <ConcertForm busy={create.isPending} error={create.error} onSubmit={create.mutate} />
    </Dialog>
  );
}
