import type { Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "../../app/failure";
import { fromInput, toInput, zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { QueueSelect } from "../seating/queue_select";
import { changes } from "./changes";

type Update = Schemas["TimeDealUpdate"];

/** Renders what can still change of a deal. Prices and start are fixed once it has begun. */
export function DealEdit({ deal, busy, error, onSubmit }: {
  deal: Schemas["TimeDeal"];
  busy: boolean;
  error: unknown;
  /** Called with the changed fields only; empty if nothing was changed. */
  onSubmit: (body: Update) => void;
}) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const shown = {
    deal_price: String(deal.deal_price),
    original_price: String(deal.original_price),
    start_at: toInput(deal.start_at),
    end_at: toInput(deal.end_at),
    hold_seconds: String(deal.hold_seconds),
    queue_id: deal.queue_id == null ? "" : String(deal.queue_id),
  };
  const [values, setValues] = useState(shown);
  const errors = fieldErrors(error);
  const begun = deal.status !== "scheduled";
  const bind = <K extends keyof typeof values>(name: K) => ({
    name,
    value: values[name],
    error: errors[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    // The inputs show times to the minute, so what was not touched is not sent.
    const changed = changes(shown, values);
    onSubmit({
      ...(changed.deal_price !== undefined && { deal_price: Number(changed.deal_price) }),
      ...(changed.original_price !== undefined && { original_price: Number(changed.original_price) }),
      ...(changed.start_at !== undefined && { start_at: fromInput(changed.start_at) }),
      ...(changed.end_at !== undefined && { end_at: fromInput(changed.end_at) }),
      ...(changed.hold_seconds !== undefined && { hold_seconds: Number(changed.hold_seconds) }),
      ...(changed.queue_id !== undefined && { queue_id: changed.queue_id || null }),
    } as Update);
  };
  const fixed = begun ? t("deal.fixed") : undefined;
  return (
    <form onSubmit={send}>
      <div className="columns">
        <Field label={t("deal.price")} hint={fixed} type="number" min={1} max={100_000_000} required disabled={begun} {...bind("deal_price")} />
        <Field label={t("deal.originalPrice")} hint={fixed} type="number" min={1} max={100_000_000} required disabled={begun} {...bind("original_price")} />
        <Field label={t("deal.start")} hint={fixed ?? zoneLabel()} type="datetime-local" required disabled={begun} {...bind("start_at")} />
        <Field label={t("deal.end")} hint={zoneLabel()} type="datetime-local" required {...bind("end_at")} />
        <Field label={t("deal.hold")} hint={t("deal.holdChangeHint")} type="number" min={10} max={3600} required {...bind("hold_seconds")} />
        <QueueSelect {...bind("queue_id")} />
      </div>
      <Failure error={error} />
      <Button type="submit" busy={busy}>
        {t("common:save")}
      </Button>
    </form>
  );
}
