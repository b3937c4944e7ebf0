import { nextHour } from "./hours";
import { isRead, type Line, type Subject } from "./line";
import { loadHours, loadLines, loadRoots } from "./loading";
import { compareRoot, leavesByHour, type Report, readLines, type RootProblem, verify } from "./verify";

/** What the root of an hour says about the entries of a chain that it covers. */
export interface Covering {
  hour: string;
  /** Numbers of the chain's entries in the hour. */
  numbers: number[];
  /** Whether the hour has no root yet. */
  isOpen: boolean;
  /** What is wrong: with the root, or that the hour's entries do not have those of the chain. */
  problem?: RootProblem | { code: "not_in_hour" };
}

export interface ChainReport {
  report: Report;
  covering: Covering[];
}

export interface Progress {
  step: "loading" | "hashing" | "hours";
  done: number;
  /** `undefined` while nobody knows how many there are. */
  total?: number;
}

type OnProgress = (progress: Progress) => void;

/** Verifies the chain of a subject, and each hourly root that covers an entry of it. */
export async function verifyChain(subject: Subject, onProgress: OnProgress, signal: AbortSignal): Promise<ChainReport> {
  const query = { subject_kind: subject.kind, subject_id: subject.id };
  const texts = await loadLines(query, (done) => onProgress({ step: "loading", done }), signal);
  const report = await verify(texts, [], { onProgress: (done, total) => onProgress({ step: "hashing", done, total }), signal });
  const hours = new Map<string, Line[]>();
  for (const line of report.lines) if ("hour" in line) hours.set(String(line.hour), [...(hours.get(String(line.hour)) ?? []), line]);
  const covering: Covering[] = [];
  const sorted = [...hours.keys()].sort();
  const published = sorted.length > 0 ? await loadRoots({ from: sorted[0] as string }, signal) : [];
  const withRoot = new Set(published.map(({ hour }) => hour));
  for (const [at, hour] of sorted.entries()) {
    onProgress({ step: "hours", done: at, total: sorted.length });
    const lines = hours.get(hour) ?? [];
    const isOpen = !withRoot.has(hour);
    const problem = isOpen ? undefined : await checkHour(hour, lines.map((line) => String(line.hash)), signal);
    covering.push({ hour, isOpen, numbers: lines.map(({ number }) => Number(number)), ...(problem && { problem }) });
  }
  return { report: { ...report, isRight: report.isRight && covering.every(({ problem }) => !problem) }, covering };
}

/** Computes the root of an hour from all its entries, and compares it with the published one. */
async function checkHour(hour: string, hashes: readonly string[], signal: AbortSignal): Promise<Covering["problem"]> {
  const { lines, roots } = await loadHours(hour, nextHour(hour), () => {}, signal);
  const root = roots.find((found) => found.hour === hour);
  if (!root) return { code: "not_listed" };
  const read = (await readLines(lines, { signal })).filter(isRead).filter((line) => line.hour === hour);
  const problem = await compareRoot(root, leavesByHour(read).get(hour) ?? { entries: 0, heads: new Map() });
  if (problem) return problem;
  const there = new Set(read.map(({ hash }) => hash));
  return hashes.every((hash) => there.has(hash)) ? undefined : { code: "not_in_hour" };
}
