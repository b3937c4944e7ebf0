import { ApiError, type Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "../../app/failure";
import { count, exactTime } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { Notice } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { changes } from "../sales/changes";
import type { QueueStatus } from "./queue_data";

/** Changes the name of a queue, the times of its admissions and the joins that it expects. */
export function QueueTimes({ queue, send }: {
  queue: QueueStatus;
  send: (body: Schemas["QueueUpdate"]) => Promise<unknown>;
}) {
  const { t } = useTranslation(["seating", "common"]);
  const toast = useToast();
  const before = {
    name: queue.name,
    token_seconds: String(queue.token_seconds),
    no_show_seconds: String(queue.no_show_seconds),
    joins_per_second: String(queue.joins_per_second),
  };
  const [values, setValues] = useState(before);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const errors = fieldErrors(error);
  const bind = (name: keyof typeof values) => ({
    name,
    label: t(`queue.${name}`),
    hint: t(`queue.hint.${name}`),
    value: values[name],
    error: errors[name],
    required: true,
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { name, ...times } = changes(before, values);
    const numbers = Object.fromEntries(Object.entries(times).map(([field, text]) => [field, Number(text)]));
    const body: Schemas["QueueUpdate"] = { ...numbers, ...(name !== undefined && { name: name.trim() }) };
    if (Object.keys(body).length === 0) return toast(t("unchanged"), "info");
    setBusy(true);
    setError(undefined);
    try {
      await send(body);
      toast(t("saved"));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const termsChange = values.token_seconds !== before.token_seconds || values.no_show_seconds !== before.no_show_seconds;
  const possibleAt =
    error instanceof ApiError && error.code === "TOO_MANY_TERMS"
      ? (error.details as { possible_at?: string } | undefined)?.possible_at
      : undefined;
  return (
    <form onSubmit={(event) => void submit(event)}>
      <div className="columns">
        <Field maxLength={200} {...bind("name")} />
        <Field type="number" min={1} max={100_000} {...bind("joins_per_second")} />
        <Field type="number" min={10} max={86_400} {...bind("token_seconds")} />
        <Field type="number" min={5} max={86_400} {...bind("no_show_seconds")} />
      </div>
      {termsChange && queue.active > 0 && (
        <Notice tone="warn">
          {t("queue.termsKept", {
            count: queue.active,
            active: count(queue.active),
            token: count(queue.token_seconds),
            noShow: count(queue.no_show_seconds),
          })}
        </Notice>
      )}
      <Failure error={error}>{possibleAt && <p>{t("queue.termsAgain", { time: exactTime(possibleAt) })}</p>}</Failure>
      <Button type="submit" busy={busy}>
        {t("common:save")}
      </Button>
    </form>
  );
}
