/** Values of one series at each position of the axis; `null` where there is none. */
export type Values = readonly (number | null)[];

/** Adds each series to those before it, so that drawn bars stand on one another. */
export function stack(series: readonly Values[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map((values) =>
    values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
      return value === null ? null : sums[index];
    }),
  );
}

/** Returns the positions of `count` that get a label, so that labels of `labelWidth` pixels do not overlap. */
export function labeled(count: number, width: number, labelWidth: number, steps: readonly number[]): number[] {
  const fitting = Math.max(1, Math.floor(width / labelWidth));
  const wanted = count / fitting;
  const step = steps.find((nice) => nice >= wanted) ?? Math.ceil(wanted);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

/** Returns the end of an axis that begins at 0 and shows `max` with a little room above it. */
export function top(max: number | null | undefined): number {
  if (!max || max <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(max));
  const nice = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * unit >= max * 1.02) ?? 12;
  return nice * unit;
}
