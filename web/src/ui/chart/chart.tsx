import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Table } from "../table";
import type { Values } from "./scale";
import "./chart.css";

const Canvas = lazy(() => import("./canvas"));
const HEIGHT = 240;

export interface Series {
  label: string;
  values: Values;
  /** Color, as in `--chart-1`. */
  tone: "1" | "2" | "3" | "4" | "5" | "before";
  form?: "bar" | "line";
  /** Strokes of a line. Two lines of one chart differ in them, too. */
  look?: "solid" | "dashed" | "dotted";
}

export interface ChartProps {
  /** Positions on the horizontal axis, such as the starts of hours. They stand at equal distances. */
  x: readonly number[];
  series: readonly Series[];
  /** Returns the label of a position on the axis. */
  tick: (x: number) => string;
  /** Returns the name of a position in the table and at the pointer. That of the axis if absent. */
  exact?: (x: number) => string;
  /** Returns the text of a value. */
  value: (value: number) => string;
  /** Whether bars stand on one another. */
  stacked?: boolean;
  /** Numbers of positions from one label to the next that may be chosen, in ascending order. */
  steps?: readonly number[];
  labelWidth?: number;
  /** Whether values have no fractions. */
  whole?: boolean;
  /** Changes when labels change although the data have the same shape. */
  axis?: string;
}

/**
 * Renders a chart with its legend, and a table with the same numbers. It has the same height while data or the
 * drawing part are being loaded.
 */
export function Chart({ title, heading = "x", height = HEIGHT, loading = false, ...chart }: ChartProps & {
  title: string;
  /** Heading of the first column of the table. That for times if absent. */
  heading?: string;
  height?: number;
  loading?: boolean;
}) {
  const { t } = useTranslation("chart");
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <ul className="legend">
        {chart.series.map((series) => (
          <li key={series.label}>
            <Swatch {...series} /> {series.label}
          </li>
        ))}
      </ul>
      <div className="plot" style={{ height }} role="img" aria-label={t("label", { title })} aria-busy={loading || undefined}>
        {!loading && (
          <Suspense>
            <Canvas {...chart} height={height} />
          </Suspense>
        )}
      </div>
      <Numbers title={title} heading={heading === "x" ? t("time") : heading} {...chart} />
    </figure>
  );
}

function Swatch({ form, look = "solid", tone }: Series) {
  const stroke = `var(--chart-${tone})`;
  return (
    <svg className="swatch" width="18" height="10" aria-hidden="true">
      {form === "bar" ? (
        <rect width="10" height="10" x="4" fill={stroke} />
      ) : (
        <line
          x1="0"
          x2="18"
          y1="5"
          y2="5"
          stroke={stroke}
          strokeWidth="2"
          strokeDasharray={look === "solid" ? undefined : look === "dashed" ? "6 4" : "2 3"}
        />
      )}
    </svg>
  );
}

function Numbers({ title, heading, x, series, tick, exact = tick, value }: ChartProps & { title: string; heading: string }) {
  const { t } = useTranslation("chart");
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("table")}</summary>
      {open && (
        <Table
          caption={title}
          columns={[
            { id: "x", heading, cell: (index: number) => exact(x[index]!) },
            ...series.map(({ label, values }, number) => ({
              id: String(number),
              heading: label,
              numeric: true,
              cell: (index: number) => {
                const found = values[index];
                return found == null ? t("none") : value(found);
              },
            })),
          ]}
          rows={x.map((_, index) => index)}
          id={String}
        />
      )}
    </details>
  );
}
