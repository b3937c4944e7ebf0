import type { Client } from "dibs-client";
import { expect, it, vi } from "vitest";
import { among, readQueue } from "./queue_data";

const signal = new AbortController().signal;

/** Client whose list of queues has a page for each list of ids. */
function clientOf(pages: string[][]) {
  const page = vi.fn(async (_: string, { params }: { params: { query: { cursor?: string } } }) => {
    const at = Number(params.query.cursor ?? 0);
    const next = at + 1 < pages.length ? String(at + 1) : null;
    return { data: (pages[at] ?? []).map((id) => ({ id })), meta: { next_cursor: next } };
  });
  return { client: { page } as unknown as Client, page };
}

it("finds a queue on a later page, and reads only that page the next time", async () => {
  const { client, page } = clientOf([["a"], ["b"], ["c"]]);
  expect(await readQueue(client, "b", signal)).toEqual({ id: "b" });
  expect(page).toHaveBeenCalledTimes(2);
  await readQueue(client, "b", signal);
  expect(page).toHaveBeenCalledTimes(3);
});

it("looks through all pages again when the queue has left its page", async () => {
  await readQueue(clientOf([["x"], ["moved"]]).client, "moved", signal);
  expect(await readQueue(clientOf([["moved"], []]).client, "moved", signal)).toEqual({ id: "moved" });
});

it("returns null for a queue that does not exist", async () => {
  expect(await readQueue(clientOf([["a"], ["b"]]).client, "nobody", signal)).toBeNull();
});

it("looks through a thousand entries at most", async () => {
  let made = 0;
  async function* numbers() {
    for (;;) yield made++;
  }
  expect(await among(numbers(), (number) => number % 500 === 0)).toEqual([0, 500]);
  expect(made).toBe(1000);
});
