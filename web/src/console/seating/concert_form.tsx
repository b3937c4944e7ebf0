import type { Schemas } from "dibs-client";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "../../app/failure";
import { zone } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field, TextArea } from "../../ui/field";
import { QueueSelect } from "./queue_select";

/** Renders the fields of a new concert. */
export function ConcertForm({ busy, error, onSubmit }: {
  busy: boolean;
  error: unknown;
  onSubmit: (body: Schemas["ConcertCreate"]) => void;
}) {
  const { t } = useTranslation(["seating", "common"]);
  const zones = useId();
  const [values, setValues] = useState({
    name: "",
    description: "",
    time_zone: zone(),
    hold_seconds: "300",
    queue_id: "",
  });
  const errors = fieldErrors(error);
  const bind = <K extends keyof typeof values>(name: K) => ({
    name,
    value: values[name],
    error: errors[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({
      name: values.name.trim(),
      description: values.description,
      time_zone: values.time_zone.trim(),
      hold_seconds: Number(values.hold_seconds),
      queue_id: values.queue_id || null,
    });
  };
  return (
    <form onSubmit={send}>
      <Field label={t("concert.name")} required maxLength={200} {...bind("name")} />
      <TextArea label={t("concert.description")} rows={3} maxLength={2000} {...bind("description")} />
      <div className="columns">
        <Field label={t("concert.zone")} hint={t("concert.zoneHint")} list={zones} required maxLength={64} {...bind("time_zone")} />
        <Field
          label={t("concert.hold")}
          hint={t("concert.holdHint")}
          type="number"
          min={10}
          max={3600}
          required
          {...bind("hold_seconds")}
        />
      </div>
      <datalist id={zones}>
        {Intl.supportedValuesOf("timeZone").map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <QueueSelect {...bind("queue_id")} />
      <p className="muted">{t("concert.fixed")}</p>
      <Failure error={error} />
      <Button type="submit" busy={busy}>
        {t("concert.create")}
      </Button>
    </form>
  );
}
