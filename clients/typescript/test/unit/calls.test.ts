import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, newKey, OfflineError } from "../../src/index.ts";
import { backoff } from "../../src/retry.ts";
import { FakeApi, refusal, success } from "./fakes.ts";

const ORDER = { time_deal_id: "1", quantity: 1 };
const down = () => new TypeError("fetch failed");

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-28T10:00:00Z") });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Awaits `call` while its timers run. */
async function settled<T>(call: Promise<T>): Promise<T | Error> {
  const result = call.catch((error: Error) => error);
  await vi.runAllTimersAsync();
  return result;
}

test("a call returns the data of the envelope", async () => {
  const api = new FakeApi().on("GET /timedeals/a%3Ab", () => success({ id: "a:b" }));
  const deal = await api.client().get("/timedeals/{deal_id}", { params: { path: { deal_id: "a:b" } } });
  expect(deal).toEqual({ id: "a:b" });
});

test("a response without a body gives undefined", async () => {
  const api = new FakeApi().on("DELETE /events/1", () => new Response(null, { status: 204 }));
  expect(await api.client().delete("/events/{event_id}", { params: { path: { event_id: 1 } } })).toBeUndefined();
});

test("a refusal is an ApiError with the fields that it names", async () => {
  const details = [{ field: "quantity", message: "must be at most 10" }];
  const api = new FakeApi().on("POST /orders", () => refusal(400, "VALIDATION_ERROR", {}, details));
  const error = (await settled(api.client().post("/orders", { body: ORDER }))) as ApiError;
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 400, code: "VALIDATION_ERROR", requestId: "req_1", fields: details });
  expect(error.fieldError("quantity")).toBe("must be at most 10");
  expect(error.fieldError("time_deal_id")).toBeUndefined();
});

test("a proxy's page is an ApiError, too", async () => {
  const api = new FakeApi().on("PATCH /auth/me", () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  expect(await settled(api.client().patch("/auth/me", { body: { name: "Uma" } }))).toMatchObject({
    status: 502,
    code: "UNEXPECTED_RESPONSE",
  });
});

test("a GET is sent again after a network failure and after 502, 503 and 504", async () => {
  const answers = [down(), ...[502, 503, 504].map((status) => refusal(status, "BUSY")), success({ balance: 5 })];
  const api = new FakeApi().on("GET /balance", (_, count) => answers[count - 1]!);
  expect(await settled(api.client().get("/balance"))).toEqual({ balance: 5 });
  expect(api.count("GET /balance")).toBe(5);
});

test.each([
  ["seconds", "7"],
  ["an HTTP date", "Sat, 28 Nov 2026 10:00:07 GMT"],
])("Retry-After in %s is waited for", async (_, value) => {
  const api = new FakeApi().on("GET /balance", (_, count) =>
    count === 1 ? refusal(503, "BUSY", { "retry-after": value }) : success({}),
  );
  const call = api.client().get("/balance");
  await vi.advanceTimersByTimeAsync(6_999);
  expect(api.count("GET /balance")).toBe(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(api.count("GET /balance")).toBe(2);
  await call;
});

test("429 is not waited for beyond the time of a call", async () => {
  const api = new FakeApi().on("GET /balance", () => refusal(429, "TOO_MANY_REQUESTS", { "retry-after": "900" }));
  const error = await settled(api.client().get("/balance"));
  expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterMs: 900_000 });
  expect(api.count("GET /balance")).toBe(1);
});

test("attempts are bounded, and the failure is an OfflineError", async () => {
  const api = new FakeApi().on("GET /balance", down);
  expect(await settled(api.client().get("/balance"))).toBeInstanceOf(OfflineError);
  expect(api.count("GET /balance")).toBe(5);
  expect(await settled(api.client({ retry: { tries: 2 } }).get("/balance"))).toBeInstanceOf(OfflineError);
  expect(api.count("GET /balance")).toBe(7);
});

test("no attempt begins after the total time", async () => {
  const api = new FakeApi().on("GET /balance", () => refusal(503, "BUSY", { "retry-after": "4" }));
  expect(await settled(api.client({ retry: { totalMs: 10_000 } }).get("/balance"))).toBeInstanceOf(ApiError);
  expect(api.count("GET /balance")).toBe(3);
});

test("an attempt without an answer ends after its time", async () => {
  const api = new FakeApi().on("GET /balance", (_, count) =>
    count === 1 ? new Promise<Response>(() => {}) : success({ balance: 1 }),
  );
  const call = api.client({ retry: { attemptMs: 3_000 } }).get("/balance");
  await vi.advanceTimersByTimeAsync(2_999);
  expect(api.count("GET /balance")).toBe(1);
  expect(await settled(call)).toEqual({ balance: 1 });
});

test("a body that breaks off is a failed attempt", async () => {
  const broken = () =>
    new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('{"success": tr'));
        stream.error(down());
      },
    });
  const api = new FakeApi().on("GET /balance", (_, count) =>
    count === 1 ? new Response(broken()) : success({ balance: 2 }),
  );
  expect(await settled(api.client().get("/balance"))).toEqual({ balance: 2 });
});

test("without a network the next attempt waits until there is one", async () => {
  const browser = new EventTarget();
  vi.stubGlobal("navigator", { onLine: false });
  vi.stubGlobal("addEventListener", browser.addEventListener.bind(browser));
  const api = new FakeApi().on("GET /balance", (_, count) => (count === 1 ? down() : success({ balance: 3 })));
  const call = api.client().get("/balance");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(api.count("GET /balance")).toBe(1);
  browser.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(500);
  expect(await call).toEqual({ balance: 3 });

  const control = new AbortController();
  const left = new FakeApi().on("GET /balance", down).client();
  const aborted = left.get("/balance", { signal: control.signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1_000);
  control.abort("left the page");
  expect(await aborted).toBe("left the page");
  const ended = await settled(left.get("/balance"));
  expect(ended).toBeInstanceOf(OfflineError);
});

test.each([0, 0.5, 0.999])("delays double, spread and are bounded (random %d)", (random) => {
  vi.spyOn(Math, "random").mockReturnValue(random);
  const delays = [1, 2, 3, 4, 5, 6].map((attempt) => backoff(attempt, 400));
  const ceilings = [400, 800, 1_600, 3_200, 6_400, 8_000];
  expect(delays).toEqual(ceilings.map((ceiling) => ceiling * (0.5 + random / 2)));
});

test("a POST that takes a key has one of its own, which retries keep", async () => {
  const api = new FakeApi().on("POST /orders", (_, count) => (count === 1 ? down() : success({ id: "o" })));
  const client = api.client();
  await settled(client.post("/orders", { body: ORDER }));
  await settled(client.post("/orders", { body: ORDER }));
  const [first, repeat, other] = api.sent.map((one) => one.headers.get("idempotency-key"));
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(repeat).toBe(first);
  expect(other).not.toBe(first);
});

test("a caller's key is sent", async () => {
  const api = new FakeApi().on("POST /payments", () => success({}));
  const idempotencyKey = newKey();
  await api.client().post("/payments", { body: { order_id: "o" }, idempotencyKey });
  expect(api.sent[0]?.headers.get("idempotency-key")).toBe(idempotencyKey);
});

test("what may not be repeated is sent once", async () => {
  const api = new FakeApi().on("POST /webhooks/w/rotate-secret", down).on("PATCH /auth/me", down);
  const path = { webhook_id: "w" };
  const rotate = api.client().post("/webhooks/{webhook_id}/rotate-secret", { params: { path }, body: {} });
  expect(await settled(rotate)).toBeInstanceOf(OfflineError);
  expect(await settled(api.client().patch("/auth/me", { body: { name: "Uma" } }))).toBeInstanceOf(OfflineError);
  expect(api.sent.map((one) => one.headers.get("idempotency-key"))).toEqual([null, null]);
});

test("a caller may declare a call repeatable", async () => {
  const api = new FakeApi().on("PATCH /auth/me", (_, count) => (count === 1 ? down() : success({})));
  await settled(api.client().patch("/auth/me", { body: { name: "Uma" }, repeatable: true }));
  expect(api.count("PATCH /auth/me")).toBe(2);
});

test("an abort ends the pause between attempts with its reason", async () => {
  const api = new FakeApi().on("GET /balance", () => refusal(503, "BUSY", { "retry-after": "9" }));
  const control = new AbortController();
  const call = api.client().get("/balance", { signal: control.signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  control.abort("left the page");
  expect(await call).toBe("left the page");
  await vi.runAllTimersAsync();
  expect(api.count("GET /balance")).toBe(1);
});

test("an abort ends an attempt", async () => {
  const api = new FakeApi().on("GET /balance", () => new Promise<Response>(() => {}));
  const control = new AbortController();
  const call = api.client().get("/balance", { signal: control.signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  control.abort("left the page");
  expect(await call).toBe("left the page");
});

test("a guarded call sends the token of its queue", async () => {
  const api = new FakeApi().on("POST /orders", () => success({}));
  const client = api.client();
  client.queueTokens.set("que_1", "token 1");
  await client.post("/orders", { body: ORDER, queue: "que_1" });
  await client.post("/orders", { body: ORDER, queueToken: "token 2" });
  await client.post("/orders", { body: ORDER, queue: null });
  expect(api.sent.map((one) => one.headers.get("x-queue-token"))).toEqual(["token 1", "token 2", null]);
});

test("a list is read from page to page", async () => {
  const api = new FakeApi().on("GET /orders", ({ path }) =>
    path.includes("cursor=next")
      ? success([{ id: "3" }], { meta: { next_cursor: null } })
      : success([{ id: "1" }, { id: "2" }], { meta: { next_cursor: "next" } }),
  );
  const ids = [];
  for await (const order of api.client().items("/orders", { params: { query: { limit: 2 } } })) ids.push(order.id);
  expect(ids).toEqual(["1", "2", "3"]);
  expect(api.sent.map((one) => one.path)).toEqual(["/orders?limit=2", "/orders?limit=2&cursor=next"]);
  expect((await api.client().page("/orders")).meta.next_cursor).toBe("next");
});

test("a response is returned as it is, for CSV", async () => {
  const api = new FakeApi().on("GET /audit", () => new Response("a,b\n"));
  const found = await api.client().response("get", "/audit", { params: { query: { format: "csv" } } });
  expect(await found.text()).toBe("a,b\n");
});

test("time is the server's, more exactly with each response", async () => {
  let ahead = 90_250;
  const api = new FakeApi().on("GET /balance", () => {
    const date = new Date(Date.now() + ahead).toUTCString();
    return success({}, { headers: { date, "cache-control": "no-store" } });
  });
  const client = api.client();
  expect(client.now()).toBe(Date.now());
  for (let i = 0; i < 20; i++) {
    await client.get("/balance");
    vi.setSystemTime(Date.now() + 1_130);
  }
  expect(Math.abs(client.now() - Date.now() - ahead)).toBeLessThan(60);
  for (const turned of [-3_600_000, 7_200_000]) {
    // This machine's clock is set, and the server's is not.
    vi.setSystemTime(Date.now() + turned);
    ahead -= turned;
    await client.get("/balance");
    expect(Math.abs(client.now() - Date.now() - ahead), `clock turned by ${turned} ms`).toBeLessThanOrEqual(500);
  }
});

test("responses that a cache may have kept tell no time", async () => {
  const date = "Sat, 28 Nov 2026 09:00:00 GMT";
  const api = new FakeApi()
    .on("GET /timedeals", () => success([], { headers: { date, "cache-control": "max-age=1" } }))
    .on("GET /balance", () => success({}, { headers: { date, age: "3600" } }));
  const client = api.client();
  await client.get("/timedeals");
  await client.get("/balance");
  expect(client.now()).toBe(Date.now());
});

test.each([
  ["0.0.9", true],
  ["0.1.0", false],
  ["0.10.0", false],
])("version %s of the API: older is %s", async (version, isOlder) => {
  const api = new FakeApi().on("GET /health", () => success({ status: "healthy", version }));
  expect(await api.client().apiVersion()).toMatchObject({ deployed: version, isOlder });
});
