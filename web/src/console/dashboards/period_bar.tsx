import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { day as dayText } from "../../app/format";
import { Failure } from "../../ui/error";
import { Field, Select } from "../../ui/field";
import { Notice } from "../../ui/page";
import { type PeriodState, useAddress } from "./figures";
import { buckets, daysOf, MAX_DAYS, PERIODS } from "./period";
import { dayHour, dayIn, daysFrom } from "./zoned";

const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Renders the choice of the period, and further filters beside it. The choice stands in the query of the address. */
export function PeriodBar({ state, children }: { state: PeriodState; children?: ReactNode }) {
  const { t } = useTranslation(["dashboards", "common"]);
  const [get, set] = useAddress();
  const name = useId();
  const { choice, zone, ownZone, periods, error } = state;
  const now = client.now();
  const days = zone === undefined ? undefined : daysOf(choice, zone, now);
  const lengths = buckets(days ? daysFrom(...days) : 1);
  const zones = [...new Set([ownZone, zone, localZone(), "UTC"].filter((one) => one !== undefined))];
  return (
    <>
      <div className="period-bar">
        <fieldset className="choice">
          <legend>{t("period.label")}</legend>
          {PERIODS.map((period) => (
            <label key={period}>
              <input
                type="radio"
                name={name}
                checked={choice.period === period}
                disabled={days === undefined}
                onChange={() =>
                  set({
                    period,
                    from: period === "custom" ? days?.[0] : undefined,
                    to: period === "custom" ? days?.[1] : undefined,
                    bucket: undefined,
                  })
                }
              />
              {t(`period.${period}`)}
            </label>
          ))}
        </fieldset>
        {choice.period === "custom" && (
          <>
            <Field
              label={t("period.from")}
              type="date"
              value={choice.from}
              max={zone && dayIn(now, zone)}
              error={error && t(`period.error.${error}`, { days: MAX_DAYS.day })}
              onChange={({ target }) => target.value && set({ from: target.value })}
            />
            <Field
              label={t("period.to")}
              type="date"
              value={choice.to}
              max={zone && dayIn(now, zone)}
              onChange={({ target }) => target.value && set({ to: target.value })}
            />
          </>
        )}
        <Select
          label={t("bucket.label")}
          value={periods?.shown.bucket ?? lengths[0]}
          disabled={lengths.length < 2}
          onChange={({ target }) => set({ bucket: target.value })}
        >
          {lengths.map((bucket) => (
            <option key={bucket} value={bucket}>
              {t(`bucket.${bucket}`)}
            </option>
          ))}
        </Select>
        <Select label={t("zone.label")} value={zone ?? ""} onChange={({ target }) => set({ zone: target.value === ownZone ? undefined : target.value })}>
          {zone === undefined && <option value="">{t("common:loading")}</option>}
          {zones.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </Select>
        {children}
      </div>
      <Failure error={state.zoneError} retry={state.retryZone} />
      {get("zone") !== undefined && zone === ownZone && get("zone") !== ownZone && (
        <Notice tone="warn">{t("zone.unknown", { zone: get("zone") })}</Notice>
      )}
    </>
  );
}

/**
 * Says which days are shown, in which time zone, with what they are compared, and how new the figures are, or that
 * there are none.
 */
export function PeriodNote({ state, empty = false }: { state: PeriodState; empty?: boolean }) {
  const { t } = useTranslation(["dashboards", "common"]);
  const { periods, zone } = state;
  if (!periods || zone === undefined) return <div className="period-note" />;
  const { first, last, before, sameHour } = periods;
  const shown = first === last ? dayText(first) : t("period.range", { first: dayText(first), last: dayText(last) });
  const end = sameHour ? dayHour(before.to, zone) : dayText(dayIn(before.to - 1, zone));
  const start = sameHour ? dayHour(before.from, zone) : dayText(dayIn(before.from, zone));
  const compared = start === end ? start : t("period.range", { first: start, last: end });
  return (
    <div className="period-note">
      <p>
        {t("period.shown", { shown, zone })} {t("period.compared", { before: compared })}
      </p>
      <p role="status">
        {empty ? (
          <>
            <strong>{t("empty.title")}</strong> {t("empty.advice")}
          </>
        ) : (
          t("period.fresh")
        )}
      </p>
    </div>
  );
}
