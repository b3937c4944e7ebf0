import { describe, expect, it } from "vitest";
import {
  BYTES_MAX,
  callKey,
  CODES_MAX,
  countAnswer,
  fingerprint,
  guessColumn,
  readCells,
  splitCodes,
  takeCodes,
} from "./codes";

const codes = (count: number, length = 10) =>
  Array.from({ length: count }, (_, at) => String(at).padStart(length, "C"));

describe("readCells", () => {
  it("reads a text line by line, with any line ends, without empty lines and the byte order mark", () => {
    expect(readCells("\uFEFFA-1\r\nA-2\n\n  A,3 \rA-4", false)).toEqual([["A-1"], ["A-2"], ["A,3"], ["A-4"]]);
  });

  it("reads CSV with quotes, in three dialects", () => {
    expect(readCells('code,note\n"A,1","say ""hi"""\nA2,', true)).toEqual([
      ["code", "note"],
      ["A,1", 'say "hi"'],
      ["A2", ""],
    ]);
    expect(readCells("a;b\n1;2", true)).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(readCells("a\tb,c\td", true)).toEqual([["a", "b,c", "d"]]);
  });

  it("keeps a line end within quotes", () => {
    expect(readCells('"a\nb",c', true)).toEqual([["a\nb", "c"]]);
  });
});

describe("guessColumn", () => {
  it("finds the column that a heading names", () => {
    expect(
      guessColumn([
        ["id", "Coupon code"],
        ["1", "A"],
      ]),
    ).toEqual({ column: 1, heading: true });
    expect(guessColumn([["쿠폰 코드"]])).toEqual({ column: 0, heading: true });
  });

  it("takes the first column of a file without a heading", () => {
    expect(guessColumn([["CODE-0001", "x"]])).toEqual({ column: 0, heading: false });
    expect(guessColumn([])).toEqual({ column: 0, heading: false });
  });
});

describe("takeCodes", () => {
  it("takes each code once, and names what is no code by its row", () => {
    const cells = [["code"], ["A"], ["B"], ["A"], ["has space"], ["é"], ["x".repeat(65)]];
    expect(takeCodes(cells, 0, true)).toEqual({
      codes: ["A", "B"],
      repeated: 1,
      invalid: [
        { row: 5, text: "has space" },
        { row: 6, text: "é" },
        { row: 7, text: "x".repeat(65) },
      ],
    });
  });

  it("reports a row without the column", () => {
    expect(takeCodes([["A"]], 1, false).invalid).toEqual([{ row: 1, text: "" }]);
  });
});

describe("splitCodes", () => {
  it("keeps order and loses nothing", () => {
    const all = codes(4_321);
    const calls = splitCodes(all, 1_000);
    expect(calls.map((call) => call.length)).toEqual([1_000, 1_000, 1_000, 1_000, 321]);
    expect(calls.flat()).toEqual(all);
    expect(splitCodes([])).toEqual([]);
  });

  it("never sends more codes than the API takes, whatever was asked for", () => {
    expect(splitCodes(codes(CODES_MAX + 1), 50_000).map((call) => call.length)).toEqual([CODES_MAX, 1]);
  });

  it("stays below the bytes of a body when JSON makes codes longer", () => {
    // A quotation mark and a backslash take two bytes each in JSON.
    const long = Array.from({ length: CODES_MAX }, (_, at) => String(at).padStart(64, '"\\'));
    const calls = splitCodes(long, CODES_MAX);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.flat()).toEqual(long);
    for (const call of calls) expect(JSON.stringify({ codes: call }).length).toBeLessThanOrEqual(BYTES_MAX);
  });

  it("fills a body to its limit", () => {
    const size = JSON.stringify({ codes: ["AAAA", "BBBB"] }).length;
    expect(splitCodes(["AAAA", "BBBB"], 10, size + 1)).toHaveLength(1);
    expect(splitCodes(["AAAA", "BBBB"], 10, size - 1)).toHaveLength(2);
  });
});

describe("an upload", () => {
  it("recognizes the same codes, and no others", () => {
    expect(fingerprint(codes(100))).toBe(fingerprint(codes(100)));
    expect(fingerprint(["AB", "C"])).not.toBe(fingerprint(["A", "BC"]));
    expect(fingerprint(["A", "B"])).not.toBe(fingerprint(["B", "A"]));
  });

  it("counts answers, and has a key for each call", () => {
    const begun = { id: "u", done: 0, added: 0, duplicates: 0 };
    const next = countAnswer(countAnswer(begun, { added: 3, duplicates: ["A"] }), { added: 2, duplicates: [] });
    expect(next).toEqual({ id: "u", done: 2, added: 5, duplicates: 1 });
    expect(callKey(next, 2)).toBe("codes-u-2");
    expect(callKey(begun, 2)).toBe(callKey(next, 2));
  });
});
