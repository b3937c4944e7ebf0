import { merkleRoot, type Root, rootHash } from "./hashes";
import { nextHour } from "./hours";
import { isRead, KINDS, type Line, type ReadLine, readLine, type Subject } from "./line";

/** What is wrong with the root of an hour. `entries` and `subjects` are those that the root covers. */
export type RootProblem =
  | { code: "not_following"; before: string }
  | { code: "wrong_hash" | "wrong_root" | "not_listed" }
  | { code: "wrong_numbers"; entries: number; subjects: number; foundEntries: number; foundSubjects: number };

export interface RootResult {
  hour: string;
  entries: number;
  problem?: RootProblem;
}

/** Outcome of a verification. */
export interface Report {
  /** All lines, in the order of the export. A line without a problem is right. */
  lines: Line[];
  subjects: number;
  /** Roots that were compared, earliest first. */
  roots: RootResult[];
  /** Number of entries that a right root covers. */
  covered: number;
  /** First hour with entries that no given root covers. */
  uncoveredSince: string | undefined;
  /** Number of chains whose beginning is not in the export. */
  begunLate: number;
  isRight: boolean;
}

export interface Options {
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Number of lines whose hashes are computed at once. */
const AT_ONCE = 200;

/**
 * Verifies the lines of an export, in any order, as `dibs audit verify` does: each hash, each chain, and each of the
 * roots, all of whose entries the export must have.
 */
export async function verify(texts: readonly string[], roots: readonly Root[], options: Options = {}): Promise<Report> {
  const lines = await readLines(texts, options);
  const chains = new Map<string, ReadLine[]>();
  for (const line of lines.filter(isRead)) {
    const name = `${line.subject.kind} ${line.subject.id}`;
    const chain = chains.get(name);
    if (chain) chain.push(line);
    else chains.set(name, [line]);
  }
  const read = [...chains.values()];
  let begunLate = 0;
  for (const chain of read) {
    chain.sort((a, b) => a.number - b.number);
    begunLate += chain.filter(({ number, previous }) => number > 1 && previous === undefined).length;
    if (chain[0]?.previous !== undefined) begunLate += 1;
  }
  const covering = await compareRoots(read, roots);
  for (const chain of read) checkChain(chain);
  const isRight = lines.every(isRead) && covering.roots.every(({ problem }) => !problem);
  return { lines, subjects: chains.size, begunLate, isRight, ...covering };
}

/** Reads the lines of an export that are not empty, and computes their hashes. */
export async function readLines(texts: readonly string[], { onProgress, signal }: Options): Promise<Line[]> {
  const numbered = texts.map((text, at) => ({ text, line: at + 1 })).filter(({ text }) => text.trim() !== "");
  const lines: Line[] = [];
  for (let at = 0; at < numbered.length; at += AT_ONCE) {
    signal?.throwIfAborted();
    lines.push(...(await Promise.all(numbered.slice(at, at + AT_ONCE).map(({ text, line }) => readLine(line, text)))));
    onProgress?.(lines.length, numbered.length);
  }
  return lines;
}

/** Notes what is wrong with the lines of one chain, which are sorted by number. */
function checkChain(chain: readonly ReadLine[]) {
  const note = (line: Line, problem: NonNullable<Line["problem"]>) => {
    line.problem ??= problem;
  };
  for (const line of chain)
    if (line.number === 0 || (line.previous === undefined) !== (line.before === undefined)) note(line, { code: "not_first" });
  for (const [at, line] of chain.entries()) {
    const before = chain[at - 1];
    if (!before) continue;
    if (line.number === before.number) note(line, { code: "same_number", line: before.line });
    // An earlier version of dibs wrote the subject without its head, so the chain begins anew.
    else if (line.previous === undefined) continue;
    else if (line.number !== before.number + 1) note(line, { code: "missing", after: before.number });
    else if (line.previous !== before.hash) note(line, { code: "wrong_previous" });
    else if (line.before !== before.after) note(line, { code: "wrong_before" });
  }
}

/** Entries that the root of an hour covers. */
interface Leaves {
  entries: number;
  heads: Map<string, ReadLine>;
}

/** Returns the entries by the hour whose root covers them: their number, and the newest one of each subject. */
export function leavesByHour(lines: Iterable<ReadLine>): Map<string, Leaves> {
  const hours = new Map<string, Leaves>();
  for (const line of lines) {
    const leaves = hours.get(line.hour) ?? { entries: 0, heads: new Map() };
    hours.set(line.hour, leaves);
    leaves.entries += 1;
    const name = `${line.subject.kind} ${line.subject.id}`;
    const head = leaves.heads.get(name);
    if (!head || line.number > head.number) leaves.heads.set(name, line);
  }
  return hours;
}

async function compareRoots(chains: ReadLine[][], given: readonly Root[]) {
  const hours = leavesByHour(chains.flat());
  const sorted = [...given].sort((a, b) => (a.hour < b.hour ? -1 : Number(a.hour > b.hour)));
  const roots: RootResult[] = [];
  let covered = 0;
  for (const [at, root] of sorted.entries()) {
    const leaves = hours.get(root.hour) ?? { entries: 0, heads: new Map() };
    hours.delete(root.hour);
    const problem = follows(sorted[at - 1], root) ?? (await compareRoot(root, leaves));
    roots.push({ hour: root.hour, entries: root.entries, ...(problem && { problem }) });
    if (!problem) covered += leaves.entries;
  }
  const uncovered = [...hours.keys()].sort();
  const last = sorted.at(-1)?.hour;
  for (const hour of uncovered)
    if (last !== undefined && hour <= last)
      roots.push({ hour, entries: hours.get(hour)?.entries ?? 0, problem: { code: "not_listed" } });
  return { roots, covered, uncoveredSince: uncovered.find((hour) => last === undefined || hour > last) };
}

function follows(before: Root | undefined, root: Root): RootProblem | undefined {
  if (!before || (root.hour === nextHour(before.hour) && root.previous === before.hash)) return undefined;
  return { code: "not_following", before: before.hour };
}

/** Compares a root with the heads of its hour. */
export async function compareRoot(root: Root, { entries, heads }: Leaves): Promise<RootProblem | undefined> {
  if ((await rootHash(root)) !== root.hash) return { code: "wrong_hash" };
  if (entries !== root.entries || heads.size !== root.subjects)
    return { code: "wrong_numbers", entries: root.entries, subjects: root.subjects, foundEntries: entries, foundSubjects: heads.size };
  const sorted = [...heads.values()].sort((a, b) => bySubject(a.subject, b.subject));
  const leaves = sorted.map(({ subject, number, hash }) => `${subject.kind}\n${subject.id}\n${number}\n${hash}`);
  return (await merkleRoot(leaves)) === root.root ? undefined : { code: "wrong_root" };
}

/** Orders subjects by kind, and within a kind by the bytes of the id in UTF-8, which is the order of code points. */
function bySubject(a: Subject, b: Subject): number {
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  const [left, right] = [[...a.id], [...b.id]];
  const at = left.findIndex((char, place) => char !== right[place]);
  if (at === -1) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1);
}
