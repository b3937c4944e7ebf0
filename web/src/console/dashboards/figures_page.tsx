import { useMutation } from "@tanstack/react-query";
import type { Data } from "dibs-client";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import type { ChartProps } from "../../ui/chart/chart";
import { Failure } from "../../ui/error";
import { Page } from "../../ui/page";
import { readTable, save } from "./csv";
import { type FigurePath, type Filter, figureQuery, type PeriodState, useFigures, usePeriod } from "./figures";
import { PeriodBar, PeriodNote } from "./period_bar";
import { dayHour, hour, monthDay, weekday } from "./zoned";
import "./dashboards.css";

export interface Shown<P extends FigurePath> {
  /** Figures of the chosen period; `undefined` while they are being loaded. */
  data: Data<"get", P> | undefined;
  before: Data<"get", P> | undefined;
  state: PeriodState;
  /** Horizontal axis of a chart of the timeline. */
  axis: Pick<ChartProps, "x" | "tick" | "exact" | "steps" | "labelWidth" | "axis"> & { loading: boolean };
}

/** Returns the horizontal axis of a chart of a timeline. */
export function timeAxis(
  timeline: readonly { start: string; end: string }[] | undefined,
  state: PeriodState,
): Shown<FigurePath>["axis"] {
  const { zone = "UTC", periods } = state;
  const [part] = timeline ?? [];
  const hours = part !== undefined && Date.parse(part.end) - Date.parse(part.start) <= 3_600_000;
  const oneDay = periods?.first === periods?.last;
  return {
    x: (timeline ?? []).map(({ start }) => Date.parse(start)),
    tick: (at) => (!hours ? monthDay(at, zone) : oneDay ? hour(at, zone) : dayHour(at, zone)),
    exact: (at) => (hours ? dayHour(at, zone) : weekday(at, zone)),
    steps: hours ? [1, 2, 3, 4, 6, 12, 24, 48, 72, 168] : [1, 2, 7, 14, 28],
    labelWidth: hours && !oneDay ? 100 : 60,
    axis: zone,
    loading: timeline === undefined,
  };
}

/** Renders a page of figures: period and filters, CSV, failures, and what `children` make of the figures. */
export function FiguresPage<P extends FigurePath>({ title, path, filter, filters, isEmpty, children }: {
  title: string;
  path: P;
  filter: Filter;
  filters?: ReactNode;
  /** Returns whether nothing happened in the period. */
  isEmpty: (data: Data<"get", P>) => boolean;
  children: (shown: Shown<P>) => ReactNode;
}) {
  const { t } = useTranslation("dashboards");
  const state = usePeriod();
  const { periods, zone } = state;
  const shown = useFigures(path, periods?.shown, zone, filter);
  const before = useFigures(path, periods?.before, zone, filter);
  const csv = useMutation({
    mutationFn: async () => {
      const { name, text } = await readTable(path, figureQuery(periods!.shown, zone!, filter));
      save(name.replace(/(\.csv)?$/, `-${periods!.first}-${periods!.last}.csv`), text);
    },
  });
  const data = shown.error || state.error ? undefined : shown.data;
  const { timeline } = (data ?? {}) as { timeline?: readonly { start: string; end: string }[] };
  return (
    <Page
      title={title}
      actions={
        <Button look="secondary" busy={csv.isPending} disabled={!periods} onClick={() => csv.mutate()}>
          {t("csv")}
        </Button>
      }
    >
      <PeriodBar state={state}>{filters}</PeriodBar>
      <PeriodNote state={state} empty={data !== undefined && isEmpty(data)} />
      <Failure error={csv.error} retry={() => csv.mutate()} />
      <Failure error={shown.error} retry={() => void shown.refetch()} />
      {!shown.error && !state.error && (
        <div className="figures" aria-busy={shown.isFetching && shown.isPlaceholderData ? true : undefined}>
          {children({ data, before: before.error ? undefined : before.data, state, axis: timeAxis(timeline, state) })}
        </div>
      )}
    </Page>
  );
}
