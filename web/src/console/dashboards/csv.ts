import { client } from "../../app/client";
import type { FigurePath, Filter } from "./figures";

/** Most pages of one file, so that a wrong link cannot go on forever. */
const MAX_PAGES = 500;

/** Returns the address of the next page in a `Link` header. */
export function nextPage(link: string | null): string | undefined {
  for (const part of (link ?? "").split(/,\s*(?=<)/)) {
    const [, address, parameters = ""] = /^<([^>]*)>(.*)$/.exec(part.trim()) ?? [];
    if (/;\s*rel="?next"?\s*(;|$)/.test(parameters)) return address;
  }
  return undefined;
}

/** Appends a page of a table to those before it, without repeating the line of headings. */
export function append(table: string, page: string): string {
  const rows = page.replace(/^\uFEFF/, "");
  const end = rows.indexOf("\n") + 1;
  const joint = table.endsWith("\n") ? "" : "\r\n";
  return table + joint + rows.slice(end || rows.length);
}

/** Reads a table of the API with all its pages. */
export async function readTable(path: FigurePath, query: Filter): Promise<{ name: string; text: string }> {
  let response = await client.response<"get", FigurePath>("get", path, { params: { query: { ...query, format: "csv" } } });
  const [, name] = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "") ?? [];
  let text = await response.text();
  for (let page = 1; page < MAX_PAGES; page++) {
    const next = nextPage(response.headers.get("link"));
    if (next === undefined) break;
    const more = Object.fromEntries(new URL(next, location.href).searchParams);
    response = await client.response<"get", FigurePath>("get", path, { params: { query: { ...more, format: "csv" } } });
    text = append(text, await response.text());
  }
  return { name: name ?? "figures.csv", text };
}

/** Lets the browser store a text as a file. */
export function save(name: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has begun when the click returns; some browsers read the address a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
