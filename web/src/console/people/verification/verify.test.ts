import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { entryHash, type JsonObject, merkleRoot, type Root, rootHash, stateDigest } from "./hashes";
import { canonical, hasDuplicateMember, type Json } from "./json";
import { linesOf } from "./loading";
import { readRoots } from "./roots";
import { type Report, verify } from "./verify";

// Exports of a running stack with the roots of two hours; the entries of a third hour have no root yet.
const read = (name: string) => readFileSync(`src/console/people/verification/fixtures/${name}.ndjson`, "utf8");
const entries = linesOf(read("audit"));
const roots = (readRoots(linesOf(read("roots"))) as { roots: Root[] }).roots;

const at = (number: number, lines: readonly string[] = entries) => JSON.parse(lines[number] as string) as JsonObject;
const named = (entry: JsonObject) => `${entry.subject_kind} ${entry.subject_id}`;

/** Returns the lines with the entry at `index` replaced. */
const withEntry = (index: number, entry: JsonObject) => entries.with(index, JSON.stringify(entry));

/** Returns the entry with the hash that its content has. */
async function rehashed(entry: JsonObject): Promise<JsonObject> {
  const { previous, before, before_digest } = entry;
  const digest = before === undefined ? before_digest : await stateDigest(before as Json);
  return { ...entry, hash: await entryHash(entry, previous as string | undefined, digest as string | undefined) };
}

/** Place of the newest entry with an entry before in the export, and of that one. */
function pair() {
  const newer = entries.findIndex((_, index) => at(index).number === 6 && at(index).subject_kind === "event");
  const older = entries.findIndex((_, index) => at(index).number === 5 && named(at(index)) === named(at(newer)));
  return { newer, older };
}

const problems = (report: Report) => report.lines.filter(({ problem }) => problem).map(({ line, problem }) => [line, problem?.code]);
const rootProblems = (report: Report) => report.roots.filter(({ problem }) => problem).map(({ hour, problem }) => [hour, problem?.code]);

describe("an export as the stack wrote it", () => {
  it("is right, and the roots cover what they cover", async () => {
    const report = await verify(entries, roots);
    expect(problems(report)).toEqual([]);
    expect(rootProblems(report)).toEqual([]);
    // What `dibs audit verify` says about the same files.
    expect(report).toMatchObject({
      isRight: true,
      subjects: 14,
      begunLate: 8,
      covered: 38,
      uncoveredSince: "2026-11-28T23",
    });
    expect(report.lines).toHaveLength(57);
  });

  it("is right with texts outside of ASCII, and in any order", async () => {
    const lines = linesOf(read("request"));
    expect(lines.join("")).toContain("한국");
    for (const order of [lines, lines.toReversed()]) expect((await verify(order, [])).isRight).toBe(true);
  });

  it("tells how far it is, and stops when it is asked to", async () => {
    const told: number[][] = [];
    await verify(entries, roots, { onProgress: (done, total) => told.push([done, total]) });
    expect(told.at(-1)).toEqual([57, 57]);
    await expect(verify(entries, roots, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe("a tampered export", () => {
  it("shows each entry whose content was changed", async () => {
    for (const index of entries.keys()) {
      const entry = at(index);
      const changes: JsonObject[] = [
        { ...entry, actor: "usr_other" },
        { ...entry, after: { ...(entry.after as JsonObject), status: "granted!" } },
        { ...entry, number: (entry.number as number) + 100 },
        { ...entry, at: "2026-11-28T21:00:00.000Z" },
        { ...entry, extra: true },
      ];
      for (const changed of changes)
        expect(problems(await verify([JSON.stringify(changed)], []))).toEqual([[1, "wrong_hash"]]);
    }
  });

  it("shows a state before that was changed", async () => {
    const { newer } = pair();
    const entry = at(newer);
    const changed = { ...entry, before: { ...(entry.before as JsonObject), status: "draft" } };
    expect(problems(await verify(withEntry(newer, changed), []))).toContainEqual([newer + 1, "wrong_hash"]);
    const rewritten = await rehashed(changed);
    expect(problems(await verify(withEntry(newer, rewritten), []))).toContainEqual([newer + 1, "wrong_before"]);
  });

  it("shows an entry that was changed together with its hash, by the entry after", async () => {
    const { newer, older } = pair();
    const changed = await rehashed({ ...at(older), reason: "another reason" });
    expect(problems(await verify(withEntry(older, changed), []))).toEqual([[newer + 1, "wrong_previous"]]);
  });

  it("shows the newest entry of an hour that was changed together with its hash, by the root", async () => {
    const index = entries.findIndex((_, place) => at(place).covered_in === "2026-11-28T22" && at(place).subject_kind === "order");
    const newest = await rehashed({ ...at(index), reason: "another reason" });
    const lines = withEntry(index, newest);
    expect(problems(await verify(lines, []))).toEqual([]);
    expect(rootProblems(await verify(lines, roots))).toEqual([["2026-11-28T22", "wrong_root"]]);
  });

  it("shows entries that were removed, in a chain and at its end", async () => {
    const { newer, older } = pair();
    expect(problems(await verify(entries.toSpliced(older, 1), []))).toEqual([[newer + 1, "missing"]]);
    const end = entries.findIndex((_, place) => at(place).covered_in === "2026-11-28T22" && at(place).subject_kind === "order");
    const cut = entries.toSpliced(end, 1);
    expect(rootProblems(await verify(cut, roots))).toEqual([["2026-11-28T22", "wrong_numbers"]]);
  });

  it("shows an entry that is there twice, or that was inserted", async () => {
    const { newer } = pair();
    const twice = entries.toSpliced(newer, 0, entries[newer] as string);
    expect(problems(await verify(twice, []))).toContainEqual([newer + 2, "same_number"]);
    const inserted = await rehashed({ ...at(newer), number: 0, previous: at(newer).hash as string });
    expect(problems(await verify([...entries, JSON.stringify(inserted)], []))).toContainEqual([58, "not_first"]);
  });

  it("shows lines that are no entries", async () => {
    const entry = at(0);
    const line = entries[0] as string;
    const { previous, ...first } = entry;
    const cases: [string, string][] = [
      ["{", "no_json"],
      ["null", "no_entry"],
      ["[]", "no_entry"],
      [JSON.stringify({ ...entry, subject_kind: "spaceship" }), "no_entry"],
      [JSON.stringify({ ...entry, number: -1 }), "no_entry"],
      [line.replace("{", '{"actor":"usr_other",'), "duplicate_member"],
      [JSON.stringify({ ...entry, previous: "00" }), "bad_previous"],
      [JSON.stringify({ ...entry, previous: null }), "bad_previous"],
      [JSON.stringify({ ...entry, previous: String(previous).toUpperCase() }), "bad_previous"],
      [JSON.stringify({ ...entry, before_digest: "0".repeat(32) }), "two_states"],
      [JSON.stringify({ ...entry, before: undefined, before_digest: "0" }), "bad_digest"],
      [JSON.stringify({ ...entry, hash: undefined }), "wrong_hash"],
      [JSON.stringify({ ...entry, covered_in: undefined }), "no_hour"],
      [JSON.stringify({ ...entry, covered_in: "2026-11-28T25" }), "no_hour"],
      [JSON.stringify(first), "wrong_hash"],
    ];
    for (const [text, code] of cases) expect([text, problems(await verify([text], []))]).toEqual([text, [[1, code]]]);
  });
});

describe("roots", () => {
  it("are wrong when their content was changed", async () => {
    const [later, earlier] = roots as [Root, Root];
    const changed = { ...later, entries: later.entries + 1 };
    expect(rootProblems(await verify(entries, [changed, earlier]))).toEqual([[later.hour, "wrong_hash"]]);
    const rewritten = { ...earlier, root: "0".repeat(64) };
    rewritten.hash = await rootHash(rewritten);
    expect(rootProblems(await verify(entries, [later, rewritten]))).toEqual([
      [earlier.hour, "wrong_root"],
      [later.hour, "not_following"],
    ]);
  });

  it("show hours with entries and without a root", async () => {
    const [later] = roots as [Root, Root];
    expect(rootProblems(await verify(entries, [later]))).toEqual([["2026-11-28T21", "not_listed"]]);
  });

  it("are read from the API's reply and from kept events", () => {
    const event = JSON.stringify({ type: "audit.root", data: roots[0] });
    expect(readRoots([event, ""])).toEqual({ roots: [roots[0]] });
    expect(readRoots([event, "{}"])).toEqual({ badLine: 2 });
    expect(readRoots(entries)).toEqual({ badLine: 1 });
  });

  it("are the Merkle tree hashes of RFC 6962", async () => {
    // The hash of no leaves is the SHA-256 of nothing, and that of one empty leaf the SHA-256 of a zero byte.
    expect(await merkleRoot([])).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(await merkleRoot([""])).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  });
});

describe("JSON", () => {
  it("is written as RFC 8785 says", () => {
    expect(canonical(JSON.parse('{"b":[1e2,null,true],"a":"\\u20ac\\n","\\ud83d\\ude00":1,"\\ufb33":2,"1":{}}'))).toBe(
      '{"1":{},"a":"€\\n","b":[100,null,true],"😀":1,"\ufb33":2}',
    );
  });

  it("shows members that come twice, at any depth", () => {
    for (const text of ['{"a":1,"a":2}', '{"x":[{"b":{"c":1,"d":"}","c":1}}]}', '[{"a":null,"\\u0061":null}]'])
      expect([text, hasDuplicateMember(text)]).toEqual([text, true]);
    for (const text of ['{"a":{"b":1},"c":[{"b":1},{"b":1}]}', '{"a":"\\"a\\":","b":"a"}', '["a","a"]'])
      expect([text, hasDuplicateMember(text)]).toEqual([text, false]);
  });
});
