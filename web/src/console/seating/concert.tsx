import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { client } from "../../app/client";
import { count, day, exactTime, money } from "../../app/format";
import { withIntent } from "../../app/intent";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { List, useList } from "../../ui/list";
import { Empty, Fact, Facts, Loading, Page, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { useToast } from "../../ui/toast";
import { DateForm } from "./date_form";
import { useMayWrite } from "../sales/may_write";
import { ShopLink } from "../sales/shop_link";

/** Shows a concert with its dates, and adds dates. */
export default function Concert({ id }: { id: string }) {
  const { t } = useTranslation(["seating", "common"]);
  const found = useQuery({
    queryKey: ["concerts", id],
    queryFn: ({ signal }) => client.get("/concerts/{concert_id}", { params: { path: { concert_id: id } }, signal }),
  });
  const [adding, setAdding] = useState(false);
  const mayWrite = useMayWrite();
  const concert = found.data;
  if (!concert) {
    return (
      <Page title={t("concert.one")}>
        {found.error ? (
          <Failure error={found.error} retry={() => void found.refetch()}>
            <Link href="/concerts">{t("concert.toList")}</Link>
          </Failure>
        ) : (
          <Loading lines={8} />
        )}
      </Page>
    );
  }
  const add = mayWrite && <Button onClick={() => setAdding(true)}>{t("date.new")}</Button>;
  return (
    <Page
      title={concert.name}
      actions={
        <>
          <ShopLink href={`/concerts/${id}`} />
          {add}
        </>
      }
    >
      {concert.description && <p>{concert.description}</p>}
      <Facts>
        <Fact name={t("concert.zone")}>{concert.time_zone}</Fact>
        <Fact name={t("concert.hold")}>{count(concert.hold_seconds)}</Fact>
        <Fact name={t("concert.queue")}>
          {concert.queue_id == null ? t("concert.open") : <Link href={`/queues/${concert.queue_id}`}>{String(concert.queue_id)}</Link>}
        </Fact>
        <Fact name={t("createdAt")}>{exactTime(concert.created_at)}</Fact>
        <Fact name={t("id")}>
          <code>{concert.id}</code>
        </Fact>
      </Facts>
      <Dates id={id} add={add} />
      {adding && <NewDate concert={concert} onClose={() => setAdding(false)} />}
    </Page>
  );
}

function Dates({ id, add }: { id: string; add: React.ReactNode }) {
  const { t } = useTranslation(["seating", "common"]);
  const [, navigate] = useLocation();
  const list = useList<Schemas["ConcertDate"]>(["concerts", id, "dates"], (cursor, signal) =>
    client.page("/concerts/{concert_id}/dates", { params: { path: { concert_id: id }, query: { cursor } }, signal }),
  );
  const open = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const date = new FormData(event.currentTarget).get("date");
    if (date) navigate(`/concerts/${id}/${date}`);
  };
  return (
    <Section title={t("date.list")}>
      <p className="muted">{t("date.listNote")}</p>
      <List
        list={list}
        empty={
          <Empty title={t("date.empty")}>
            <p>{t("date.emptyAdvice")}</p>
            {add}
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("date.list")}
            rows={rows}
            id={(row) => row.date}
            columns={[
              { id: "date", heading: t("date.one"), cell: (row) => <Link href={`/concerts/${id}/${row.date}`}>{day(row.date)}</Link> },
              { id: "seats", heading: t("date.seats"), numeric: true, cell: (row) => count(row.seats) },
              {
                id: "price",
                heading: t("date.prices"),
                numeric: true,
                cell: (row) =>
                  row.price_min === row.price_max ? money(row.price_min) : `${money(row.price_min)} – ${money(row.price_max)}`,
              },
              {
                id: "sections",
                heading: t("date.sections"),
                cell: (row) => row.sections.map((section) => section.name ?? t("date.oneRow")).join(", "),
              },
            ]}
          />
        )}
      </List>
      <form className="inline-form" onSubmit={open}>
        <Field label={t("date.openByDay")} type="date" name="date" required />
        <Button type="submit" look="secondary">
          {t("date.openIt")}
        </Button>
      </form>
    </Section>
  );
}

function NewDate({ concert, onClose }: { concert: Schemas["Concert"]; onClose: () => void }) {
  const { t } = useTranslation(["seating", "common"]);
  const [, navigate] = useLocation();
  const toast = useToast();
  const cache = useQueryClient();
  const id = String(concert.id);
  const create = useMutation({
    mutationFn: (body: Schemas["ConcertDateCreate"]) =>
      withIntent(`date:${id}:${JSON.stringify(body)}`, (idempotencyKey) =>
        client.post("/concerts/{concert_id}/dates", { params: { path: { concert_id: id } }, body, idempotencyKey }),
      ),
    onSuccess: (date) => {
      void cache.invalidateQueries({ queryKey: ["concerts", id, "dates"] });
      toast(t("date.created", { day: day(date.date), count: date.seats, seats: count(date.seats) }));
      navigate(`/concerts/${id}/${date.date}`);
    },
  });
  return (
    <Dialog title={t("date.newOf", { name: concert.name })} onClose={onClose} wide>
      <DateForm timeZone={concert.time_zone} busy={create.isPending} error={create.error} onSubmit={create.mutate} />
    </Dialog>
  );
}
