import { createClient, type Schemas } from "../src/index.ts";
const c = createClient();
// Compiles only while calls have the types of their operations.
export async function calls() {
  const deal: Schemas["TimeDeal"] = await c.get("/timedeals/{deal_id}", { params: { path: { deal_id: 1 } } });
  const order: Schemas["Order"] = await c.post("/orders", { body: { time_deal_id: deal.id, quantity: 1 }, idempotencyKey: "x", queue: deal.queue_id });
  const list: Schemas["Order"][] = await c.get("/orders", { params: { query: { limit: 3 } } });
  const u: undefined = await c.delete("/queues/{queue_id}/tokens/me", { params: { path: { queue_id: "a" } } });
  const page = await c.page("/orders"); const n: string | null = page.meta.next_cursor; const o: Schemas["Order"] = page.data[0]!;
  for await (const x of c.items("/orders")) { const y: Schemas["Order"] = x; console.log(y); }
  const csv = await c.response("get", "/audit", { params: { query: { format: "csv" } } }); csv.text();
  const h: Schemas["Health"] = await c.get("/health");
  const bal: Schemas["Balance"] = await c.get("/balance");
  // @ts-expect-error path is missing
  c.get("/timedeals/{deal_id}");
  // @ts-expect-error body is missing
  c.post("/orders", {});
  // @ts-expect-error a member has another type
  c.post("/orders", { body: { time_deal_id: 1, quantity: "one" } });
  // @ts-expect-error unknown filter
  c.get("/orders", { params: { query: { colour: "red" } } });
  // @ts-expect-error unknown path
  c.get("/nothing");
  // @ts-expect-error not a list
  c.page("/balance");
  return [order, list, u, n, o, h, bal];
}
