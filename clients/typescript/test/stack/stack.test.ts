import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { API_VERSION, ApiError, createClient, newKey, type Schemas } from "../../src/index.ts";
import { createLive } from "../../src/live.ts";
import { leaveQueue, type QueueState, waitInQueue } from "../../src/queue.ts";
import { FakeBrowser } from "../unit/fakes.ts";
import { Arrivals, describeStack, Stack } from "./stack.ts";

const CREDENTIALS = { email: "user1@test.com", password: "password123" };

describeStack("against a running stack", { timeout: 60_000 }, () => {
  let stack: Stack;
  beforeAll(async () => void (stack = await Stack.start()), 60_000);
  afterAll(() => stack?.stop());

  test("a session is restored by its cookie, in a second tab too, and ends in all tabs", async () => {
    const browser = new FakeBrowser();
    const open = stack.browser();
    const first = open(browser.tab());
    expect(await first.restore()).toBeNull();
    expect((await first.signIn(CREDENTIALS)).id).toBe("usr_user1");
    const onSignedOut = vi.fn();
    const second = open({ ...browser.tab(), onSignedOut });
    expect((await second.restore())?.email).toBe("user1@test.com");
    expect((await second.get("/auth/me")).name).toBe("Uma User");
    await first.signOut();
    await expect(second.get("/balance")).rejects.toMatchObject({ status: 401, code: "UNAUTHORIZED" });
    expect(onSignedOut.mock.calls).toEqual([["other-tab"]]);
    expect(await open(browser.tab()).restore()).toBeNull();
  });

  test("two tabs with the platform's locks and channel share one refresh", async () => {
    const inner = stack.fetchWithCookies();
    let refreshes = 0;
    const counted: typeof fetch = (input, init) => {
      if (String(input).endsWith("/refresh")) refreshes++;
      return inner(input, init);
    };
    const { storage } = new FakeBrowser();
    const tabs = [1, 2, 3].map(() => createClient({ baseUrl: stack.url, fetch: counted, storage }));
    const told = Promise.all(tabs.map((tab) => new Promise((resolve) => tab.onUser(resolve))));
    await tabs[0]!.signIn(CREDENTIALS);
    await told;
    await Promise.all(tabs.map((tab) => tab.refresh()));
    expect(refreshes).toBe(1);
    await tabs[2]!.signOut();
  });

  test("a token that the API does not take is replaced by a refresh", async () => {
    const inner = stack.fetchWithCookies();
    const sent: string[] = [];
    const spoilsFirst: typeof fetch = (input, init) => {
      const path = new URL(String(input)).pathname;
      const headers = new Headers(init?.headers);
      if (path.endsWith("/balance") && !sent.includes(path)) headers.set("authorization", "Bearer spoiled");
      sent.push(path);
      return inner(input, { ...init, headers });
    };
    const client = await stack.signedIn("user2", { fetch: spoilsFirst });
    expect((await client.get("/balance")).balance).toBeTypeOf("number");
    expect(sent.map((path) => path.split("/").at(-1))).toEqual(["login", "balance", "refresh", "balance"]);
  });

  test("a reward is claimed once, and live updates tell when it is granted", async () => {
    const client = await stack.signedIn("user1");
    const path = { event_id: "cmp_three-days", reward_id: "rwd_potion" };
    const claim = await client.post("/events/{event_id}/requests/{reward_id}", { params: { path } });
    expect(claim.user_id).toBe("usr_user1");
    const live = createLive(client);
    const claims = new Arrivals<Schemas["EventRequest"]>();
    live.subscribe(`requests/${claim.id}`, claims.push);
    expect((await claims.next((state) => state.status === "granted")).fully_granted).toBe(true);
    live.close();
    const repeat = client.post("/events/{event_id}/requests/{reward_id}", { params: { path } });
    await expect(repeat).rejects.toMatchObject({ code: "ALREADY_REQUESTED" });
  });

  test("an order with a key is made once, paid, and listed", async () => {
    const client = await stack.signedIn("user1");
    const deal = await client.get("/timedeals/{deal_id}", { params: { path: { deal_id: 1 } } });
    const order = { body: { time_deal_id: deal.id, quantity: 2 }, idempotencyKey: newKey() };
    const made = await client.post("/orders", order);
    expect((await client.post("/orders", order)).id).toBe(made.id);
    await client.post("/balance/charge", { body: { amount: 100_000 } });
    const payment = await client.post("/payments", { body: { order_id: made.id } });
    expect(payment.amount).toBe(2 * deal.deal_price);
    await client.post("/orders", { body: { time_deal_id: deal.id, quantity: 1 } });
    const ids = [];
    for await (const one of client.items("/orders", { params: { query: { limit: 1 } } })) ids.push(one.id);
    expect(ids).toHaveLength(2);
    expect(ids[1]).toBe(made.id);
  });

  test("a refusal names its fields", async () => {
    const client = await stack.signedIn("user1");
    const body = { time_deal_id: 1, quantity: "many" as unknown as number };
    const error = await client.post("/orders", { body }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "VALIDATION_ERROR", requestId: expect.any(String) });
    expect((error as ApiError).fieldError("quantity")).toBeTypeOf("string");
  });

  test("a route that the API does not have differs from a resource that does not exist", async () => {
    const client = await stack.signedIn("user1");
    const nowhere = client.get("/of-a-later-version" as "/balance").catch((caught: unknown) => caught);
    expect(await nowhere).toMatchObject({ code: "NOT_FOUND", isUnknownRoute: true });
    const path = { deal_id: "tdl_none" };
    const nothing = client.get("/timedeals/{deal_id}", { params: { path } }).catch((caught: unknown) => caught);
    expect(await nothing).toMatchObject({ code: "NOT_FOUND", isUnknownRoute: false });
  });

  test("version and time are those of the stack", async () => {
    const client = stack.browser()({ channel: null, storage: null });
    expect(await client.apiVersion()).toEqual({ deployed: API_VERSION, expected: API_VERSION, isOlder: false });
    // The stack has this machine's clock.
    expect(Math.abs(client.now() - Date.now())).toBeLessThan(1_000);
  });

  test("a user waits in a queue until its operator opens it, and orders what it guards", async () => {
    const [operator, client] = await Promise.all([stack.signedIn("operator"), stack.signedIn("user2")]);
    const queue = await operator.post("/queues", {
      body: { name: "Doors", capacity: 10, admissions_per_second: 100 },
    });
    const path = { queue_id: queue.id };
    await operator.patch("/queues/{queue_id}", { params: { path }, body: { status: "paused" } });
    const states = new Arrivals<QueueState>();
    const admission = waitInQueue(client, queue.id, { onChange: states.push });
    const known = await states.next((state) => state.position !== null);
    expect(known).toMatchObject({ position: 1, ahead: 0, reachable: true });
    await operator.patch("/queues/{queue_id}", { params: { path }, body: { status: "open" } });
    const { token, expiresAt } = await admission;
    expect(client.queueTokens.get(String(queue.id))).toBe(token);
    expect(Date.parse(expiresAt!)).toBeGreaterThan(client.now());

    const products = await operator.page("/products");
    const deal = await operator.post("/timedeals", {
      body: {
        product_id: products.data[0]!.id,
        deal_price: 1,
        stock_quantity: 5,
        start_at: "2026-01-01T00:00:00Z",
        end_at: "2036-01-01T00:00:00Z",
        queue_id: queue.id,
      },
    });
    const body = { time_deal_id: deal.id, quantity: 1 };
    await expect(client.post("/orders", { body })).rejects.toMatchObject({ code: "QUEUE_TOKEN_REQUIRED" });
    expect((await client.post("/orders", { body, queue: deal.queue_id })).status).toBe("reserved");
    await leaveQueue(client, queue.id);
    await expect(waitInQueue(client, queue.id, { join: false })).rejects.toMatchObject({ code: "NOT_IN_QUEUE" });
  });

  test("live updates tell the stock of a deal and the user's order", async () => {
    const client = await stack.signedIn("user2");
    const live = createLive(client);
    const stock = new Arrivals<Schemas["LiveStock"]>();
    live.subscribe("deals/2/stock", stock.push);
    const before = await stock.next();
    const order = await client.post("/orders", { body: { time_deal_id: 2, quantity: 1 } });
    const orders = new Arrivals<Schemas["Order"]>();
    live.subscribe(`orders/${order.id}`, orders.push);
    expect((await orders.next()).status).toBe("reserved");
    const isLess = (state: Schemas["LiveStock"]) => state.available_quantity === before.available_quantity - 1;
    expect((await stock.next(isLess)).reserved_quantity).toBe(before.reserved_quantity + 1);
    await client.delete("/orders/{order_id}", { params: { path: { order_id: order.id } } });
    expect((await orders.next((state) => state.status !== "reserved")).status).toBe("canceled");
    expect(live.status).toBe("live");
    live.close();
  });

  test("a follower of another user's order is refused", async () => {
    const [owner, other] = await Promise.all([stack.signedIn("user1"), stack.signedIn("user2")]);
    const order = await owner.post("/orders", { body: { time_deal_id: 1, quantity: 1 } });
    const live = createLive(other);
    const code = new Promise((onEnd) => live.subscribe(`orders/${order.id}`, () => {}, { onEnd }));
    expect(await code).toBe("FORBIDDEN");
    live.close();
  });

  test("without WebSocket the stock is polled", async () => {
    const client = await stack.signedIn("user1");
    const live = createLive(client, { url: `${stack.url.replace("http", "ws")}/nothing` });
    const stock = new Arrivals<Schemas["LiveStock"]>();
    live.subscribe("deals/1/stock", stock.push);
    expect((await stock.next()).stock_quantity).toBe(100);
    expect(live.status).toBe("polling");
    live.close();
  });
});
