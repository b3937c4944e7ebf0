import { canonical, type Json } from "./json";

export type JsonObject = { [name: string]: Json };

const ENTRY = "dibs.audit.entry.v1\n";
const STATE = "dibs.audit.state.v1\n";
const ROOT = "dibs.audit.root.v1\n";
/** Members of an exported entry that its hashed JSON does not have. */
const NOT_HASHED = new Set(["previous", "before", "before_digest", "hash", "covered_in"]);
const DIGEST_BYTES = 16;
const HASH_BYTES = 32;

const encoder = new TextEncoder();

/** Returns the SHA-256 of the parts, one after the other. */
export async function sha256(...parts: (string | Uint8Array)[]): Promise<Uint8Array> {
  const bytes = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const joined = new Uint8Array(bytes.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of bytes) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/** Returns bytes as hexadecimal digits. */
export const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Returns the bytes of hexadecimal digits, written as the API writes them; `undefined` for any other text. */
function bytesOf(text: unknown, length: number): Uint8Array | undefined {
  if (typeof text !== "string" || text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) return undefined;
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

export const isHash = (text: unknown): text is string => bytesOf(text, HASH_BYTES) !== undefined;
export const isDigest = (text: unknown): text is string => bytesOf(text, DIGEST_BYTES) !== undefined;

/** Returns the digest of a state, in hexadecimal digits. */
export async function stateDigest(state: Json): Promise<string> {
  return hex((await sha256(STATE, canonical(state))).slice(0, DIGEST_BYTES));
}

/** Returns the hash that an entry must have, given the hash of the entry before and the digest of the state before. */
export async function entryHash(entry: JsonObject, previous?: string, before?: string): Promise<string> {
  const hashed = Object.fromEntries(Object.entries(entry).filter(([name]) => !NOT_HASHED.has(name)));
  const hash = await sha256(
    ENTRY,
    bytesOf(previous, HASH_BYTES) ?? new Uint8Array(HASH_BYTES),
    bytesOf(before, DIGEST_BYTES) ?? new Uint8Array(DIGEST_BYTES),
    canonical(hashed),
  );
  return hex(hash);
}

export interface Root {
  hour: string;
  subjects: number;
  entries: number;
  root: string;
  previous?: string | null | undefined;
  hash: string;
}

/** Returns the hash that a published root must have. */
export async function rootHash({ hour, subjects, entries, root, previous }: Root): Promise<string> {
  return hex(await sha256(ROOT, canonical({ hour, subjects, entries, root, previous: previous ?? null })));
}

/** Returns the Merkle tree hash of leaves, by RFC 6962, section 2.1. */
export async function merkleRoot(leaves: readonly string[]): Promise<string> {
  const hashes = await Promise.all(leaves.map((leaf) => sha256(Uint8Array.of(0), leaf)));
  return hex(await treeHash(hashes));
}

async function treeHash(leaves: readonly Uint8Array[]): Promise<Uint8Array> {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  // The left part has the largest power of two below the number of leaves.
  const left = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return sha256(Uint8Array.of(1), await treeHash(leaves.slice(0, left)), await treeHash(leaves.slice(left)));
}
