import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button, ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { canBecome, type EventDetail, type EventStatus, STATUSES } from "./event_draft";
import { EventStatusBadge } from "./parts";

/** Shows the status of an event with its meaning, and changes it. */
export function EventStatusSection({ event, writes }: { event: EventDetail; writes: boolean }) {
  const { t } = useTranslation("rewards");
  const toast = useToast();
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: (status: EventStatus) =>
      client.patch("/events/{event_id}", {
        params: { path: { event_id: event.id } },
        body: { status },
        repeatable: true,
      }),
    onSuccess: (changed) => toast(t("eventStatus.changed", { status: t(`status.${changed.status}`) })),
    // After a refusal the page shows what the event has become.
    onSettled: () => cache.invalidateQueries({ queryKey: ["events"] }),
  });
  const isOver = event.status === "ended" && Date.parse(event.ends_at) <= client.now();
  const button = (status: EventStatus) => {
    const common = {
      small: true,
      look: "secondary",
      busy: change.isPending && change.variables === status,
      disabled: change.isPending,
    } as const;
    if (status === "ended")
      return (
        <ConfirmButton {...common} question={t("eventStatus.endQuestion")} onConfirm={() => change.mutate(status)}>
          {t("eventStatus.to.ended")}
        </ConfirmButton>
      );
    return (
      <Button {...common} onClick={() => change.mutate(status)}>
        {t(`eventStatus.to.${status}`)}
      </Button>
    );
  };
  return (
    <Section title={t("eventStatus.title")}>
      <p>
        <EventStatusBadge status={event.status} /> {t(`statusMeaning.${event.status}`)}{" "}
        {isOver && t("eventStatus.isOver")}
      </p>
      <Failure error={change.error} />
      {writes && (
        <ul className="status-choices">
          {STATUSES.filter((status) => canBecome(event, status)).map((status) => (
            <li key={status}>
              {button(status)} <span className="muted">{t(`eventStatus.effect.${status}`)}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
