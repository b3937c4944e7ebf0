import type { Root } from "./hashes";
import { isHour } from "./hours";

/**
 * Reads roots from the lines of a file: the reply of the API, or kept events of the type `audit.root`. Returns the
 * number of the first line that is no root in place of them.
 */
export function readRoots(lines: readonly string[]): { roots: Root[] } | { badLine: number } {
  const roots: Root[] = [];
  for (const [at, text] of lines.entries()) {
    if (text.trim() === "") continue;
    const root = readRoot(text);
    if (!root) return { badLine: at + 1 };
    roots.push(root);
  }
  return { roots };
}

function readRoot(text: string): Root | undefined {
  try {
    const value = JSON.parse(text);
    const root = value?.data ?? value;
    const isText = (member: unknown) => typeof member === "string";
    const isNumber = (member: unknown) => typeof member === "number" && Number.isInteger(member) && member >= 0;
    if (!isHour(root?.hour) || !isText(root.root) || !isText(root.hash)) return undefined;
    if (!isNumber(root.entries) || !isNumber(root.subjects)) return undefined;
    if (root.previous !== undefined && root.previous !== null && !isText(root.previous)) return undefined;
    return root;
  } catch {
    return undefined;
  }
}
