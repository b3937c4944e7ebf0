const DIGITS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

/** Returns round values from `least` to `most`, about ten for each power of ten, for a slider over a wide range. */
export function roundValues(least: number, most: number, whole: boolean): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power += 1) {
    for (const digit of DIGITS) {
      // Products such as 1.2 × 0.001 have a rounding error, decimal notation has none.
      const value = Number(`${digit}e${power}`);
      if (value >= least && value <= most && !(whole && !Number.isInteger(value))) found.push(value);
    }
  }
  return found;
}

/** Returns the index of the value that is nearest to `value` by ratio. `values` ascend. */
export function nearest(values: readonly number[], value: number): number {
  const distance = (at: number) => Math.abs(Math.log((values[at] as number) / Math.max(value, Number.MIN_VALUE)));
  let best = 0;
  for (let at = 1; at < values.length; at += 1) if (distance(at) < distance(best)) best = at;
  return best;
}
