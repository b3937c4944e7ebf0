import { entryHash, isDigest, isHash, type JsonObject, stateDigest } from "./hashes";
import { isHour } from "./hours";
import { hasDuplicateMember, type Json } from "./json";

/** Kinds of subjects in the order in which the leaves of a root are sorted. */
export const KINDS = [
  "request",
  "order",
  "reservation",
  "payment",
  "account",
  "event",
  "reward",
  "event_reward",
  "product",
  "time_deal",
  "concert",
  "concert_date",
  "queue",
] as const;
export type SubjectKind = (typeof KINDS)[number];

export interface Subject {
  kind: SubjectKind;
  id: string;
}

/** What is wrong with an entry, and the values that its explanation needs. */
export type EntryProblem =
  | { code: "duplicate_member" | "no_json" | "no_entry" | "bad_previous" | "bad_digest" | "two_states" | "wrong_hash" | "no_hour" }
  | { code: "not_first" }
  | { code: "same_number"; line: number }
  | { code: "missing"; after: number }
  | { code: "wrong_previous" | "wrong_before" };

/** Line of an export as it was read. */
export interface Line {
  line: number;
  subject?: Subject;
  number?: number;
  hash?: string;
  problem?: EntryProblem;
}

/** Line whose entry has the hash that it says. */
export interface ReadLine extends Line {
  subject: Subject;
  number: number;
  hour: string;
  hash: string;
  previous: string | undefined;
  before: string | undefined;
  after: string;
  problem?: never;
}

export const isRead = (line: Line): line is ReadLine => line.problem === undefined;

/** Reads a line of an export, and computes its hash. */
export async function readLine(line: number, text: string): Promise<Line> {
  let entry: Json;
  try {
    entry = JSON.parse(text);
  } catch {
    return { line, problem: { code: "no_json" } };
  }
  if (hasDuplicateMember(text)) return { line, problem: { code: "duplicate_member" } };
  const subject = isObject(entry) ? subjectOf(entry) : undefined;
  if (!isObject(entry) || !subject || !isCount(entry.number)) return { line, problem: { code: "no_entry" } };
  const named = { line, subject, number: entry.number };
  const { previous, hash, covered_in: hour } = entry;
  if ("previous" in entry && !isHash(previous)) return { ...named, problem: { code: "bad_previous" } };
  const before = await digestBefore(entry);
  if (typeof before === "object") return { ...named, problem: before };
  const link = isHash(previous) ? previous : undefined;
  if (!isHash(hash) || hash !== (await entryHash(entry, link, before))) return { ...named, problem: { code: "wrong_hash" } };
  if (!isHour(hour)) return { ...named, problem: { code: "no_hour" } };
  return { ...named, hour, hash, previous: link, before, after: await stateDigest(entry.after ?? null) } as ReadLine;
}

const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: Json | undefined): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;

function subjectOf({ subject_kind, subject_id }: JsonObject): Subject | undefined {
  const kind = KINDS.find((name) => name === subject_kind);
  return kind && typeof subject_id === "string" ? { kind, id: subject_id } : undefined;
}

/** Returns the digest of the state before, which is given as a state or as its digest. */
async function digestBefore(entry: JsonObject): Promise<string | undefined | EntryProblem> {
  const state = entry.before ?? null;
  if (!("before_digest" in entry)) return state === null ? undefined : stateDigest(state);
  if (state !== null) return { code: "two_states" };
  return isDigest(entry.before_digest) ? entry.before_digest : { code: "bad_digest" };
}
