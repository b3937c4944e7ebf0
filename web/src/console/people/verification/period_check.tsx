import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../../app/client";
import { fromInput, toInput, zoneLabel } from "../../../app/local_time";
import { Button } from "../../../ui/button";
import { Failure } from "../../../ui/error";
import { Field } from "../../../ui/field";
import { Section } from "../../../ui/page";
import { hourOf } from "./hours";
import { loadHours } from "./loading";
import { CheckProgress } from "./progress";
import { ReportView } from "./report";
import { useCheck } from "./use_check";
import { verify } from "./verify";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Returns the beginning of the hour of a time, as the value of an input. */
const wholeHour = (time: number) => toInput(Math.floor(time / HOUR_MS) * HOUR_MS);

/** Verifies all entries of whole hours with their roots. */
export function PeriodCheck() {
  const { t } = useTranslation("people");
  const [from, setFrom] = useState(() => wholeHour(client.now() - DAY_MS));
  const [to, setTo] = useState(() => wholeHour(client.now() + HOUR_MS));
  const check = useCheck(async (period: { from: string; to: string }, onProgress, signal) => {
    const { lines, roots } = await loadHours(period.from, period.to, (done) => onProgress({ step: "loading", done }), signal);
    const report = await verify(lines, roots, { onProgress: (done, total) => onProgress({ step: "hashing", done, total }), signal });
    return { report, hasRoots: roots.length > 0 };
  });
  const [start, end] = [fromInput(from), fromInput(to)];
  const isPeriod = start !== undefined && end !== undefined && start < end;
  return (
    <Section title={t("verify.period")}>
      <p className="muted">{t("verify.periodAdvice", { zone: zoneLabel() })}</p>
      <form
        className="inline-form people-form"
        onSubmit={(event) => {
          event.preventDefault();
          // An hour that has begun counts whole.
          if (isPeriod) check.start({ from: hourOf(Date.parse(start)), to: hourOf(Date.parse(end) + HOUR_MS - 1) });
        }}
      >
        <Field label={t("filter.from")} type="datetime-local" step={3600} required value={from} onChange={(event) => setFrom(event.target.value)} />
        <Field
          label={t("filter.to")}
          type="datetime-local"
          step={3600}
          required
          error={isPeriod ? undefined : t("verify.periodOrder")}
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
        <Button type="submit" busy={check.progress !== undefined} disabled={!isPeriod}>
          {t("verify.start")}
        </Button>
      </form>
      {check.progress && <CheckProgress progress={check.progress} onStop={check.stop} />}
      <Failure error={check.error} />
      {check.result && !check.progress && <ReportView {...check.result} withLines={false} />}
    </Section>
  );
}
