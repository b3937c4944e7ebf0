export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Returns the canonical JSON of a value by RFC 8785, which writes numbers and texts as `JSON.stringify` does. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  // Texts are compared by UTF-16 code units, as RFC 8785 sorts the members.
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] as Json)}`).join(",")}}`;
}

/**
 * Returns whether an object within `text`, which is JSON, has a member twice. `JSON.parse` would take the last one, and
 * another reader the first one.
 */
export function hasDuplicateMember(text: string): boolean {
  // One set of names for each open object, `null` for an open array.
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const names = open.at(-1);
      const name: string = JSON.parse(token.slice(0, token.length - colon.length));
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
