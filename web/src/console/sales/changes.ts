/** Returns the members of `next` that differ from `before`, for requests that change named fields only. */
export function changes<T extends object>(before: Partial<Record<keyof T, unknown>>, next: T): Partial<T> {
  const found: Partial<T> = {};
  for (const key of Object.keys(next) as (keyof T)[]) {
    if ((next[key] ?? null) !== (before[key] ?? null)) found[key] = next[key];
  }
  return found;
}
