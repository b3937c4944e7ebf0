import { describe, expect, it } from "vitest";
import { append, nextPage } from "./csv";

describe("the next page of a table", () => {
  it.each([
    ['</api/v1/a?cursor=x&format=csv>; rel="next"', "/api/v1/a?cursor=x&format=csv"],
    ['</a>; rel="prev", </b>; rel=next', "/b"],
    ['</a>; rel="prev"', undefined],
    [null, undefined],
  ])("of %s is %s", (link, next) => {
    expect(nextPage(link)).toBe(next);
  });
});

describe("a page of a table", () => {
  it("is appended without byte-order mark and headings", () => {
    expect(append("\uFEFFa,b\r\n1,2\r\n", "\uFEFFa,b\r\n3,4\r\n")).toBe("\uFEFFa,b\r\n1,2\r\n3,4\r\n");
  });
  it("is appended to a table without a last line break", () => {
    expect(append("a\r\n1", "a\r\n2")).toBe("a\r\n1\r\n2");
  });
});
