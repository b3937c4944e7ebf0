import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, dateTime } from "../../app/format";
import { Button, ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Empty, Loading, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { useToast } from "../../ui/toast";
import { useSentences } from "./condition/sentence";
import type { EventDetail } from "./event_draft";
import type { Offer } from "./offer_draft";
import { OfferForm } from "./offer_form";
import { useContent } from "./parts";

/** Lists the rewards of an event with their terms; attaches, changes and removes them. */
export function Offers({ event, writes }: { event: EventDetail; writes: boolean }) {
  const { t } = useTranslation("rewards");
  const { ofCondition } = useSentences();
  const content = useContent();
  // `null` while another reward is being attached.
  const [open, setOpen] = useState<Offer | null>();
  const offers = useQuery({
    queryKey: ["events", String(event.id), "rewards"],
    queryFn: ({ signal }) =>
      client.get("/events/{event_id}/rewards", { params: { path: { event_id: event.id } }, signal }),
  });
  const validity = ({ valid_from, valid_until }: Offer) =>
    valid_from || valid_until
      ? `${valid_from ? dateTime(valid_from) : ""} – ${valid_until ? dateTime(valid_until) : ""}`
      : t("offers.always");
  return (
    <Section
      title={t("offers.title")}
      actions={
        writes && (
          <Button look="secondary" onClick={() => setOpen(null)}>
            {t("offers.attach")}
          </Button>
        )
      }
    >
      <Failure error={offers.error} retry={() => void offers.refetch()} />
      {!offers.data && !offers.error && <Loading lines={3} />}
      {offers.data?.length === 0 && (
        <Empty title={t("offers.none")}>
          <p>{t("offers.noneAdvice")}</p>
        </Empty>
      )}
      {offers.data && offers.data.length > 0 && (
        <Table
          caption={t("offers.title")}
          rows={offers.data}
          id={(row) => String(row.reward_id)}
          columns={[
            {
              id: "name",
              heading: t("offers.reward"),
              cell: (row) => <Link href={`/rewards/${row.reward_id}`}>{row.name}</Link>,
            },
            {
              id: "gives",
              heading: t("offers.gives"),
              cell: (row) =>
                `${row.quantity > 1 ? `${count(row.quantity)} × ` : ""}${content({ ...row, quantity: row.item_quantity ?? null })}`,
            },
            {
              id: "total",
              heading: t("offers.totalLimit"),
              numeric: true,
              cell: (row) =>
                row.pool
                  ? t("offers.byCodes")
                  : row.total_limit == null
                    ? t("offers.unlimited")
                    : count(row.total_limit),
            },
            { id: "user", heading: t("offers.perUserLimit"), numeric: true, cell: (row) => count(row.per_user_limit) },
            {
              id: "condition",
              heading: t("offers.condition"),
              cell: (row) => (row.condition ? ofCondition(row.condition) : t("offers.eventOnly")),
            },
            {
              id: "review",
              heading: t("offers.review"),
              cell: (row) =>
                row.review ? t(`review.${row.review}`) : t("offers.asEvent", { review: t(`review.${event.review}`) }),
            },
            { id: "valid", heading: t("offers.valid"), cell: validity },
            ...(writes
              ? [
                  {
                    id: "actions",
                    heading: t("offers.actions"),
                    cell: (row: Offer) => (
                      <div className="row">
                        <Button
                          small
                          look="secondary"
                          aria-label={t("offers.editLabel", { name: row.name })}
                          onClick={() => setOpen(row)}
                        >
                          {t("offers.edit")}
                        </Button>
                        <Remove offer={row} />
                      </div>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {open !== undefined && (
        <OfferForm
          eventId={String(event.id)}
          offer={open ?? undefined}
          attached={(offers.data ?? []).map(({ reward_id }) => String(reward_id))}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Section>
  );
}

function Remove({ offer }: { offer: Offer }) {
  const { t } = useTranslation("rewards");
  const toast = useToast();
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      client.delete("/events/{event_id}/rewards/{reward_id}", {
        params: { path: { event_id: offer.event_id, reward_id: offer.reward_id } },
      }),
    onSuccess: () => toast(t("offers.removed", { name: offer.name })),
    onSettled: () => cache.invalidateQueries({ queryKey: ["events", String(offer.event_id), "rewards"] }),
  });
  return (
    <>
      <ConfirmButton
        small
        look="secondary"
        busy={remove.isPending}
        aria-label={t("offers.removeLabel", { name: offer.name })}
        question={t("offers.removeQuestion", { name: offer.name })}
        confirm={t("offers.remove")}
        onConfirm={() => remove.mutate()}
      >
        {t("offers.remove")}
      </ConfirmButton>
      <Failure error={remove.error} />
    </>
  );
}
