import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartProps, Series } from "./chart";
import { labeled, stack, top } from "./scale";

const FONT = "12px system-ui, sans-serif";
const DASHES: Record<NonNullable<Series["look"]>, number[] | undefined> = { solid: undefined, dashed: [6, 4], dotted: [2, 3] };
/** Steps between the values of the vertical axis, without fractions of a unit. */
const WHOLE = Array.from({ length: 14 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();
const FRACTIONS = [0.1, 0.2, 0.5, ...WHOLE];

function subscribeToColors(changed: () => void) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  dark.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", changed);
  };
}

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--chart-${name}`).trim();

/** Returns a text that changes with the colors of the page. */
const useColors = () => useSyncExternalStore(subscribeToColors, () => color("1") + color("text"));

/** Data as uPlot draws them. Bars are stacked; the highest is drawn first, so that the others cover its lower part. */
function drawn({ x, series, stacked }: ChartProps): uPlot.AlignedData {
  const bars = series.filter(({ form }) => form === "bar");
  const sums = stacked ? stack(bars.map(({ values }) => values)) : bars.map(({ values }) => [...values]);
  const lines = series.filter(({ form }) => form !== "bar").map(({ values }) => [...values]);
  return [x.map((_, index) => index), ...sums.reverse(), ...lines] as uPlot.AlignedData;
}

function options(props: ChartProps, width: number, height: number, onHover: (u: uPlot) => void): uPlot.Options {
  const { x, series, tick, value, steps = [1, 2, 5, 10], labelWidth = 64, whole = true } = props;
  const bars = series.filter(({ form }) => form === "bar").reverse();
  const lines = series.filter(({ form }) => form !== "bar");
  const axis = { stroke: color("text"), font: FONT, ticks: { show: false } };
  return {
    width,
    height,
    padding: [12, bars.length > 0 ? 8 : 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: bars.length > 0 ? [-0.5, x.length - 0.5] : [0, Math.max(1, x.length - 1)] },
      y: { range: (_, __, max) => [0, top(max)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        splits: (u) => labeled(x.length, u.bbox.width / devicePixelRatio, labelWidth, steps),
        values: (_, splits) => splits.map((index) => (x[index] === undefined ? "" : tick(x[index]))),
      },
      {
        ...axis,
        grid: { stroke: color("grid"), width: 1 },
        space: 40,
        incrs: whole ? WHOLE : FRACTIONS,
        size: (_, values) => 16 + 7 * Math.max(3, ...(values ?? []).map((text) => text?.length ?? 0)),
        values: (_, splits) => splits.map((at) => value(at)),
      },
    ],
    series: [
      {},
      ...bars.map(({ tone }) => ({
        fill: color(tone),
        stroke: color(tone),
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars!({ size: [0.7, 48] }),
      })),
      ...lines.map(({ tone, look = "solid" }) => ({
        stroke: color(tone),
        width: 2,
        dash: DASHES[look],
        points: { show: x.length <= 40 && look === "solid", size: 5, fill: color(tone) },
      })),
    ],
    hooks: { setCursor: [onHover] },
  };
}

/** Draws a chart on a canvas of the width of the page, and shows the values at the pointer. */
export default function Canvas(props: ChartProps & { height: number }) {
  const { x, series, tick, exact = tick, value, height } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [hover, setHover] = useState<{ index: number; right: boolean }>();
  const colors = useColors();
  const shape = JSON.stringify([series.map(({ label, form, look, tone }) => [label, form, look, tone]), props.axis, x.length]);

  const current = useEffectEvent(() => props);
  // Another shape or color needs another chart; new values of the same shape do not.
  useEffect(() => {
    const element = box.current!;
    const onHover = (u: uPlot) => {
      const { idx, left } = u.cursor;
      const there = idx == null || left === undefined || left < 0;
      setHover(there ? undefined : { index: idx, right: left > u.over.clientWidth / 2 });
    };
    const live: ChartProps = {
      ...current(),
      tick: (at) => current().tick(at),
      value: (at) => current().value(at),
    };
    const u = new uPlot(options(live, element.clientWidth, height, onHover), drawn(live), element);
    plot.current = u;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== u.width) u.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      u.destroy();
      plot.current = undefined;
    };
  }, [shape, colors, height]);
  useEffect(() => {
    plot.current?.setData(drawn(props));
  }, [props]);

  return (
    <>
      <div ref={box} />
      {hover && x[hover.index] !== undefined && (
        <div className="readout" style={hover.right ? { left: "3.5rem" } : { right: "0.5rem" }} aria-hidden="true">
          <strong>{exact(x[hover.index]!)}</strong>
          <dl>
            {series.map(({ label, values }) => {
              const at = values[hover.index];
              return (
                at != null && (
                  <div key={label} style={{ display: "contents" }}>
                    <dt>{label}</dt>
                    <dd>{value(at)}</dd>
                  </div>
                )
              );
            })}
          </dl>
        </div>
      )}
    </>
  );
}
