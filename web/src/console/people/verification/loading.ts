import { client } from "../../../app/client";
import { nextCursor } from "../../requests/csv";
import type { queryOf } from "../audit_filters";
import type { Root } from "./hashes";
import { hourOf, startOf } from "./hours";
import { readRoots } from "./roots";

/** Filters of the audit as the API takes them. */
export type AuditQuery = Partial<ReturnType<typeof queryOf>>;

/** Number of roots that a page has at most. */
const ROOTS_AT_ONCE = 1000;
const DAY_MS = 24 * 3_600_000;

/** Reads an export of the audit page by page. `onPage` gets each page as the API wrote it. */
export async function exportPages(
  query: AuditQuery,
  format: "ndjson" | "csv",
  onPage: (page: string) => void,
  signal?: AbortSignal,
) {
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const response = await client.response("get", "/audit", { params: { query: { ...query, format, cursor } }, signal });
    // `text()` would drop the byte order mark, by which spreadsheets know the encoding.
    onPage(new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer()));
    cursor = nextCursor(response.headers.get("link"));
  }
}

export const linesOf = (text: string) => text.split("\n").filter((line) => line.trim() !== "");

/** Reads the entries that pass a filter, each as the line that the API wrote. */
export async function loadLines(query: AuditQuery, onCount: (lines: number) => void, signal?: AbortSignal) {
  const lines: string[] = [];
  const take = (page: string) => {
    for (const line of linesOf(page)) lines.push(line);
    onCount(lines.length);
  };
  await exportPages(query, "ndjson", take, signal);
  return lines;
}

/** Reads the published roots from the hour `from` on, and before the hour `to`; all of them without hours. */
export async function loadRoots({ from, to }: { from?: string; to?: string }, signal?: AbortSignal): Promise<Root[]> {
  const roots: Root[] = [];
  for (let before = to; ; ) {
    const response = await client.response("get", "/audit/roots", { params: { query: { before, format: "ndjson" } }, signal });
    const page = readRoots((await response.text()).split("\n"));
    // The API sends roots and nothing else.
    const found = "roots" in page ? page.roots : [];
    roots.push(...found.filter(({ hour }) => from === undefined || hour >= from));
    const last = found.at(-1)?.hour;
    if (last === undefined || found.length < ROOTS_AT_ONCE || (from !== undefined && last < from)) return roots;
    before = last;
  }
}

/**
 * Reads the entries of whole hours with the published roots. Entries that were recorded late are covered by the root of
 * a later hour: where a root has more entries than the hours do, the day before is read as well.
 */
export async function loadHours(from: string, to: string, onCount: (lines: number) => void, signal?: AbortSignal) {
  const roots = await loadRoots({ from, to }, signal);
  const period = { from: `${from}:00:00Z`, to: `${to}:00:00Z` };
  const lines = await loadLines(period, onCount, signal);
  const expected = roots.reduce((sum, { entries }) => sum + entries, 0);
  const covered = new Set(roots.map(({ hour }) => hour));
  if (lines.filter((line) => covered.has(coveringHour(line))).length < expected) {
    const earlier = { from: `${hourOf(startOf(from) - DAY_MS)}:00:00Z`, to: period.from };
    const late = await loadLines(earlier, (more) => onCount(lines.length + more), signal);
    for (const line of late) if (covered.has(coveringHour(line))) lines.push(line);
  }
  return { lines, roots };
}

/** Returns the hour whose root covers the entry of a line; an empty text if it names none. */
export function coveringHour(line: string): string {
  try {
    return String(JSON.parse(line)?.covered_in ?? "");
  } catch {
    return "";
  }
}
