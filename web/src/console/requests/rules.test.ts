import { describe, expect, it } from "vitest";
import { countRows, joinPages, nextCursor } from "./csv";
import { addOutcomes, openRows, type Outcomes, splitDecisions, tally } from "./decisions";
import { isNarrowed, queryOf, readFilters, writeFilters } from "./filters";

describe("filters", () => {
  it("begin with what is in review, and keep what the address says", () => {
    expect(readFilters(new URLSearchParams()).status).toBe("in_review");
    expect(readFilters(new URLSearchParams("status=nonsense")).status).toBe("in_review");
    const filters = readFilters(new URLSearchParams("status=all&event_id=cmp_1&from=2026-11-01T00:00"));
    expect(writeFilters(filters)).toEqual({ status: "all", event_id: "cmp_1", from: "2026-11-01T00:00" });
    expect(writeFilters(readFilters(new URLSearchParams("status=in_review")))).toEqual({});
  });

  it("become the query of the API", () => {
    const query = queryOf(readFilters(new URLSearchParams("user_id=usr_1&to=2026-11-02T00:00")));
    expect(query).toMatchObject({ status: "in_review", user_id: "usr_1", to: new Date("2026-11-02T00:00").toISOString() });
    expect(query.event_id).toBeUndefined();
    expect(queryOf(readFilters(new URLSearchParams("status=all"))).status).toBeUndefined();
  });

  it("narrow the list beside the status", () => {
    expect(isNarrowed(readFilters(new URLSearchParams("status=all")))).toBe(false);
    expect(isNarrowed(readFilters(new URLSearchParams("reward_id=r")))).toBe(true);
  });
});

const requests = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `u${at}:e`, version: 1 }));

describe("decisions", () => {
  it("are sent a hundred at once, in order", () => {
    const calls = splitDecisions(requests(250));
    expect(calls.map((call) => call.length)).toEqual([100, 100, 50]);
    expect(calls.flat()).toEqual(requests(250));
    expect(splitDecisions([])).toEqual([]);
  });

  const refused = { code: "CHANGED_SINCE", message: "", details: { version: 3 } };
  const known: Outcomes = addOutcomes(new Map(), requests(3), "approve", [
    { id: "u0:e", status: "approved", error: null },
    { id: "u1:e", status: null, error: refused },
  ]);

  it("are counted by their outcome; one without an answer has none", () => {
    expect(known.size).toBe(2);
    expect(tally(known.values())).toEqual({ approved: 1, rejected: 0, refused: 1 });
    const more = addOutcomes(known, [{ id: "u2:e", version: 1 }], "reject", [{ id: "u2:e", status: "rejected" }]);
    expect(tally(more.values())).toEqual({ approved: 1, rejected: 1, refused: 1 });
  });

  it("take decided requests from the inbox, until they are in review again", () => {
    const open = (version: number, inReview: boolean) =>
      openRows([{ id: "u0:e", version }], known, () => inReview).length === 1;
    expect(openRows(requests(3), known, () => true).map(({ id }) => id)).toEqual(["u1:e", "u2:e"]);
    expect(open(1, true)).toBe(false);
    expect(open(2, false)).toBe(false);
    expect(open(4, true)).toBe(true);
  });
});

describe("CSV", () => {
  it("goes on at the cursor of the header", () => {
    expect(nextCursor('</api/v1/events/requests?format=csv&cursor=a%2Bb>; rel="next"')).toBe("a+b");
    expect(nextCursor("<https://x/y?cursor=c>; rel=next")).toBe("c");
    expect(nextCursor('</x?cursor=c>; rel="prev"')).toBeUndefined();
    expect(nextCursor(null)).toBeUndefined();
  });

  it("has one heading and one byte order mark", () => {
    expect(joinPages(["\uFEFFid,name\r\n1,a\r\n", "\uFEFFid,name\r\n2,b\r\n"])).toBe("\uFEFFid,name\r\n1,a\r\n2,b\r\n");
    expect(joinPages(["id\n1", "id\n2\n"])).toBe("id\n1\r\n2\n");
    expect(joinPages(["id\n", "id\n"])).toBe("id\n");
  });

  it("counts rows, of which a cell may have several lines", () => {
    expect(countRows("id,reason\r\n")).toBe(0);
    expect(countRows('id,reason\r\n1,"two\nlines, ""quoted"""\r\n2,x\r\n')).toBe(2);
  });
});
