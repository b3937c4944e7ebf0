/** Returns the cursor of the next page from the header `Link` of a page of CSV; `undefined` after the last page. */
export function nextCursor(link: string | null): string | undefined {
  const next = link?.match(/<([^>]*)>\s*;\s*rel="?next"?/)?.[1];
  if (next === undefined) return undefined;
  return new URLSearchParams(next.slice(next.indexOf("?") + 1)).get("cursor") ?? undefined;
}

/** Joins pages of CSV into one table: byte order mark and heading stand once, at the beginning. */
export function joinPages(pages: readonly string[]): string {
  return pages
    .map((page, at) => (at === 0 ? page : page.replace(/^\uFEFF?[^\n]*\n/, "")))
    .map((page) => (page === "" || page.endsWith("\n") ? page : `${page}\r\n`))
    .join("");
}

/** Returns the number of rows of a page, without its heading. Cells that contain line ends are quoted. */
export function countRows(page: string): number {
  const lines = page.replace(/"(?:[^"]|"")*"/g, "").split("\n").filter((line) => line.trim() !== "");
  return Math.max(0, lines.length - 1);
}
