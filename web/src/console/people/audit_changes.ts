import type { Json } from "./verification/json";

/** Member of a state that a change set, removed or replaced. A value is `undefined` where there was none. */
export interface MemberChange {
  name: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** Returns the members in which two states differ, by their paths, such as `settings.capacity`. */
export function changedMembers(before: Json | undefined, after: Json | undefined, path = ""): MemberChange[] {
  const isObject = (value: Json | undefined) => typeof value === "object" && value !== null && !Array.isArray(value);
  const members = (value: Json | undefined) => (isObject(value) ? (value as { [name: string]: Json }) : {});
  if (isObject(after) && (before === undefined || isObject(before))) {
    const names = [...new Set([...Object.keys(members(before)), ...Object.keys(members(after))])];
    return names.flatMap((name) => changedMembers(members(before)[name], members(after)[name], path ? `${path}.${name}` : name));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ name: path, before, after }];
}

/** Writes a value of a state for readers. */
export const written = (value: Json | undefined) =>
  value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
