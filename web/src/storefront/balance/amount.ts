/** Largest amount of one charge, in whole won. */
export const CHARGE_MAX = 10_000_000;

/** Returns the amount that was typed, with or without separators; `undefined` unless it can be charged. */
export function parseAmount(typed: string): number | undefined {
  const digits = typed.replace(/[\s,₩원]/g, "");
  if (!/^\d{1,9}$/.test(digits)) return undefined;
  const amount = Number(digits);
  return amount >= 1 && amount <= CHARGE_MAX ? amount : undefined;
}
