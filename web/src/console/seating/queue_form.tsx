import type { Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "../../app/failure";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";

/** Renders the fields of a new queue. */
export function QueueForm({ busy, error, onSubmit }: {
  busy: boolean;
  error: unknown;
  onSubmit: (body: Schemas["QueueCreate"]) => void;
}) {
  const { t } = useTranslation(["seating", "common"]);
  const [values, setValues] = useState({
    name: "",
    capacity: "100",
    admissions_per_second: "5",
    token_seconds: "600",
    no_show_seconds: "60",
    joins_per_second: "1000",
  });
  const errors = fieldErrors(error);
  const number = (name: Exclude<keyof typeof values, "name">, min: number, max: number) => (
    <Field
      label={t(`queue.${name}`)}
      hint={t(`queue.hint.${name}`)}
      type="number"
      min={min}
      max={max}
      step={name === "admissions_per_second" ? "any" : 1}
      required
      name={name}
      value={values[name]}
      error={errors[name]}
      onChange={(event) => setValues({ ...values, [name]: event.target.value })}
    />
  );
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({
      name: values.name.trim(),
      capacity: Number(values.capacity),
      admissions_per_second: Number(values.admissions_per_second),
      token_seconds: Number(values.token_seconds),
      no_show_seconds: Number(values.no_show_seconds),
      joins_per_second: Number(values.joins_per_second),
    });
  };
  return (
    <form onSubmit={send}>
      <Field
        label={t("queue.name")}
        hint={t("queue.hint.name")}
        required
        maxLength={200}
        value={values.name}
        error={errors.name}
        onChange={(event) => setValues({ ...values, name: event.target.value })}
      />
      <div className="columns">
        {number("capacity", 1, 100_000)}
        {number("admissions_per_second", 0.001, 10_000)}
        {number("token_seconds", 10, 86_400)}
        {number("no_show_seconds", 5, 86_400)}
        {number("joins_per_second", 1, 100_000)}
      </div>
      <Failure error={error} />
      <Button type="submit" busy={busy}>
        {t("queue.create")}
      </Button>
    </form>
  );
}
