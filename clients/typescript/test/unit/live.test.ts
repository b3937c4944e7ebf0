import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Client } from "../../src/index.ts";
import { createLive, type Live, type LiveOptions } from "../../src/live.ts";
import { FakeApi, refusal, signedIn, success, USER } from "./fakes.ts";

const STOCK = "deals/1/stock";
const ORDER = "orders/o1";
const MINUTE = 60_000;

/** Socket of a test, which plays the server. */
class FakeSocket {
  static opened: FakeSocket[] = [];
  static isBlocked = false;
  static repliesToPings = true;
  sent: { action: string; topic?: string; ticket?: string; queue_token?: string }[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.opened.push(this);
    queueMicrotask(() => (FakeSocket.isBlocked ? this.onclose?.() : this.onopen?.()));
  }

  send(text: string): void {
    const message = JSON.parse(text);
    this.sent.push(message);
    if (message.action === "ping" && FakeSocket.repliesToPings) queueMicrotask(() => this.tell({ type: "pong" }));
  }

  close(): void {
    this.isClosed = true;
  }

  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  lose(): void {
    this.onclose?.();
  }
}

let live: Live | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  FakeSocket.opened = [];
  FakeSocket.isBlocked = false;
  FakeSocket.repliesToPings = true;
});
afterEach(() => {
  live?.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const flush = () => vi.advanceTimersByTimeAsync(0);
const socket = (index = -1) => FakeSocket.opened.at(index)!;
const actions = (one = socket()) => one.sent.map(({ action, topic }) => (topic ? `${action} ${topic}` : action));

function start(client: Client, options: LiveOptions = {}): Live {
  const WebSocket = FakeSocket as unknown as new (url: string) => WebSocket;
  live = createLive(client, { url: "ws://api.test/ws", WebSocket, ...options });
  return live;
}

const snapshot = (topic: string, version: number, data: object) => ({ type: "snapshot", topic, version, data });
const delta = (topic: string, from_version: number, data: object) => ({
  type: "delta",
  topic,
  from_version,
  version: from_version + 1,
  data,
});

/** API on which a user is signed in and gets tickets. */
async function signedInClient(api = new FakeApi()): Promise<{ api: FakeApi; client: Client }> {
  api.on("POST /auth/login", () => signedIn("t1", USER, 100_000));
  api.on("POST /live/tickets", (_, count) => success({ ticket: `ticket ${count}` }, { status: 201 }));
  const client = api.client();
  await client.signIn({ email: "user1@test.com", password: "password123" });
  return { api, client };
}

const until = (ms: number) => new Date(Date.now() + ms).toISOString();

test("a follower gets the snapshot and each change", async () => {
  const states: unknown[] = [];
  start(new FakeApi().client()).subscribe(STOCK, (state) => states.push(state));
  await flush();
  expect(actions()).toEqual([`subscribe ${STOCK}`]);
  socket().tell(snapshot(STOCK, 5, { sold: 1, left: { a: 1, b: 2 }, gone: "x" }));
  socket().tell(delta(STOCK, 5, { sold: 2, left: { b: 3 }, gone: null }));
  expect(states).toEqual([
    { sold: 1, left: { a: 1, b: 2 }, gone: "x" },
    { sold: 2, left: { a: 1, b: 3 } },
  ]);
});

test("older versions are ignored, and a gap brings a new snapshot", async () => {
  const states: unknown[] = [];
  start(new FakeApi().client()).subscribe(STOCK, (state) => states.push(state));
  await flush();
  socket().tell(snapshot(STOCK, 5, { sold: 5 }));
  socket().tell(delta(STOCK, 3, { sold: 4 }));
  socket().tell(snapshot(STOCK, 4, { sold: 4 }));
  expect(states).toEqual([{ sold: 5 }]);
  socket().tell(delta(STOCK, 7, { sold: 8 }));
  await flush();
  expect(states).toEqual([{ sold: 5 }]);
  expect(actions()).toEqual([`subscribe ${STOCK}`, `subscribe ${STOCK}`]);
  socket().tell(snapshot(STOCK, 8, { sold: 8 }));
  expect(states.at(-1)).toEqual({ sold: 8 });
});

test("a lost connection is opened again, and its versions go on", async () => {
  const states: unknown[] = [];
  const statuses: string[] = [];
  const onStatus = (status: string) => void statuses.push(status);
  start(new FakeApi().client(), { onStatus }).subscribe(STOCK, (state) => states.push(state));
  await flush();
  socket().tell(snapshot(STOCK, 5, { sold: 5 }));
  socket().lose();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(FakeSocket.opened).toHaveLength(2);
  socket().tell(snapshot(STOCK, 5, { sold: 5 }));
  socket().tell(delta(STOCK, 5, { sold: 6 }));
  expect(states).toEqual([{ sold: 5 }, { sold: 6 }]);
  expect(statuses).toEqual(["connecting", "live", "connecting", "live"]);
});

test("a message without a reply, and one that is BUSY, are sent again", async () => {
  start(new FakeApi().client()).subscribe(STOCK, () => {});
  await flush();
  await vi.advanceTimersByTimeAsync(4_900);
  expect(socket().sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(socket().sent).toHaveLength(2);
  socket().tell({ type: "error", topic: STOCK, code: "BUSY", message: "" });
  await vi.advanceTimersByTimeAsync(2_100);
  expect(socket().sent).toHaveLength(3);
  socket().tell(snapshot(STOCK, 1, {}));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(socket().sent).toHaveLength(3);
});

test("a connection that does not reply is replaced", async () => {
  start(new FakeApi().client()).subscribe(STOCK, () => {});
  await vi.advanceTimersByTimeAsync(22_000);
  expect(socket(0).isClosed).toBe(true);
  expect(FakeSocket.opened.length).toBeGreaterThan(1);
});

test("a user's topic is subscribed to after one ticket for the connection", async () => {
  const { api, client } = await signedInClient();
  const started = start(client);
  const states: unknown[] = [];
  started.subscribe(ORDER, (state) => states.push(state.status));
  started.subscribe("reservations/r1", () => {});
  await flush();
  expect(socket().sent).toEqual([{ action: "authenticate", ticket: "ticket 1" }]);
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  expect(actions().slice(1)).toEqual([`subscribe ${ORDER}`, "subscribe reservations/r1"]);
  socket().tell(snapshot(ORDER, 1, { status: "reserved" }));
  expect(states).toEqual(["reserved"]);
  expect(api.count("POST /live/tickets")).toBe(1);
});

test("rights are renewed before they end, and guarded seats are subscribed to again", async () => {
  const { client } = await signedInClient();
  const seats = "concerts/c/dates/2026-12-24/seats";
  const started = start(client);
  started.subscribe(seats, () => {}, { queueToken: "admitted" });
  started.subscribe(ORDER, () => {});
  await flush();
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  const wish = { action: "subscribe", topic: seats, queue_token: "admitted" };
  expect(socket().sent).toContainEqual(wish);
  socket().tell(snapshot(seats, 1, {}));
  socket().tell(snapshot(ORDER, 1, {}));
  socket().sent = [];
  await vi.advanceTimersByTimeAsync(13 * MINUTE - 1_000);
  expect(new Set(actions())).toEqual(new Set(["ping"]));
  socket().sent = [];
  await vi.advanceTimersByTimeAsync(1_000);
  expect(socket().sent).toEqual([{ action: "authenticate", ticket: "ticket 2" }]);
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  expect(socket().sent.slice(1)).toEqual([wish]);
  expect(FakeSocket.opened).toHaveLength(1);
});

test("rights that ended are renewed once", async () => {
  const { api, client } = await signedInClient();
  const onEnd = vi.fn();
  start(client).subscribe(ORDER, () => {}, { onEnd });
  await flush();
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  socket().tell(snapshot(ORDER, 1, {}));
  await vi.advanceTimersByTimeAsync(30_000);
  socket().tell({ type: "ended", topic: ORDER, code: "UNAUTHORIZED" });
  await flush();
  expect(socket().sent.at(-1)).toEqual({ action: "authenticate", ticket: "ticket 2" });
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  expect(actions().at(-1)).toBe(`subscribe ${ORDER}`);
  socket().tell({ type: "error", topic: ORDER, code: "UNAUTHORIZED", message: "" });
  await flush();
  expect(onEnd.mock.calls).toEqual([["UNAUTHORIZED"]]);
  expect(api.count("POST /live/tickets")).toBe(2);
});

test("a visitor's subscription to a user's topic ends", async () => {
  const api = new FakeApi()
    .on("POST /live/tickets", () => refusal(401, "UNAUTHORIZED"))
    .on("POST /auth/refresh", () => refusal(401, "UNAUTHORIZED"));
  const onEnd = vi.fn();
  start(api.client()).subscribe(ORDER, () => {}, { onEnd });
  await flush();
  expect(onEnd.mock.calls).toEqual([["UNAUTHORIZED"]]);
});

test.each(["NOT_IN_QUEUE", "FORBIDDEN"])("a subscription that ended with %s is told", async (code) => {
  const { client } = await signedInClient();
  const onEnd = vi.fn();
  start(client).subscribe(ORDER, () => {}, { onEnd });
  await flush();
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  socket().tell(snapshot(ORDER, 1, {}));
  socket().tell({ type: "ended", topic: ORDER, code });
  expect(onEnd.mock.calls).toEqual([[code]]);
});

test("a topic with too many connections is polled by its versions, and tried again later", async () => {
  const api = new FakeApi().on("GET /timedeals/1/live", ({ path }) => {
    const isNew = path.includes("since=7") || !path.includes("since");
    return success({ version: 7 + Number(path.includes("since=7")), data: isNew ? { sold: path } : null });
  });
  const states: unknown[] = [];
  start(api.client()).subscribe(STOCK, (state) => states.push(state));
  await flush();
  socket().tell({ type: "use_snapshot", topic: STOCK });
  await vi.advanceTimersByTimeAsync(9_000);
  expect(api.sent.map((one) => one.path.split("?")[1])).toEqual([undefined, "since=7", "since=8", "since=8", "since=8"]);
  expect(states).toEqual([{ sold: "/timedeals/1/live" }, { sold: "/timedeals/1/live?since=7" }]);
  await vi.advanceTimersByTimeAsync(2 * MINUTE);
  expect(actions().filter((one) => one === `subscribe ${STOCK}`).length).toBeGreaterThan(1);
  socket().tell(snapshot(STOCK, 20, { sold: 20 }));
  const { length } = api.sent;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(api.sent).toHaveLength(length);
});

test("without WebSocket states are polled until a connection opens", async () => {
  FakeSocket.isBlocked = true;
  const { api, client } = await signedInClient();
  api.on("GET /orders/o1", (_, count) => success({ status: `read ${count}` }));
  const statuses: string[] = [];
  const states: unknown[] = [];
  const started = start(client, { onStatus: (status) => statuses.push(status) });
  started.subscribe(ORDER, (state) => states.push(state.status));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(statuses.at(-1)).toBe("polling");
  expect(states.slice(0, 2)).toEqual(["read 1", "read 2"]);
  FakeSocket.isBlocked = false;
  for (let waited = 0; waited < MINUTE && socket().sent.length === 0; waited += 100) await vi.advanceTimersByTimeAsync(100);
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  socket().tell(snapshot(ORDER, 1, { status: "told" }));
  const reads = api.count("GET /orders/o1");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(states.at(-1)).toBe("told");
  expect(api.count("GET /orders/o1")).toBe(reads);
  expect(started.status).toBe("live");
});

test("a resource that polling may not read ends the subscription", async () => {
  FakeSocket.isBlocked = true;
  const { api, client } = await signedInClient();
  api.on("GET /orders/o1", () => refusal(404, "NOT_FOUND"));
  const onEnd = vi.fn();
  start(client).subscribe(ORDER, () => {}, { onEnd });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(onEnd.mock.calls).toEqual([["NOT_FOUND"]]);
});

test("a silent connection is pinged, and one that ends soon is replaced before it closes", async () => {
  const states: unknown[] = [];
  FakeSocket.repliesToPings = false;
  start(new FakeApi().client()).subscribe(STOCK, (state) => states.push(state));
  await flush();
  socket().tell(snapshot(STOCK, 5, { sold: 5 }));
  await vi.advanceTimersByTimeAsync(4 * MINUTE + 100);
  expect(actions().at(-1)).toBe("ping");
  socket().tell({ type: "pong" });
  await vi.advanceTimersByTimeAsync(4 * MINUTE + 100);
  socket().tell({ type: "reconnect", ends_at: until(10 * MINUTE) });
  await flush();
  const [old, next] = [socket(0), socket(1)];
  expect(actions(next)).toEqual([`subscribe ${STOCK}`]);
  old.tell(delta(STOCK, 5, { sold: 6 }));
  expect(old.isClosed).toBe(false);
  next.tell(snapshot(STOCK, 6, { sold: 6 }));
  await flush();
  expect(old.isClosed).toBe(true);
  next.tell(delta(STOCK, 6, { sold: 7 }));
  expect(states).toEqual([{ sold: 5 }, { sold: 6 }, { sold: 7 }]);
  expect(FakeSocket.opened).toHaveLength(2);
});

test("a connection that ends soon stays until another one works", async () => {
  FakeSocket.repliesToPings = false;
  const states: unknown[] = [];
  start(new FakeApi().client()).subscribe(STOCK, (state) => states.push(state));
  await flush();
  socket().tell(snapshot(STOCK, 5, { sold: 5 }));
  await vi.advanceTimersByTimeAsync(4 * MINUTE + 100);
  socket().tell({ type: "reconnect", ends_at: until(10 * MINUTE) });
  await flush();
  socket(1).lose();
  await flush();
  expect(socket(0).isClosed).toBe(false);
  socket(0).tell(delta(STOCK, 5, { sold: 6 }));
  expect(states).toEqual([{ sold: 5 }, { sold: 6 }]);
  await vi.advanceTimersByTimeAsync(4 * MINUTE + 100);
  socket(0).tell({ type: "reconnect", ends_at: until(6 * MINUTE) });
  await flush();
  socket(2).tell(snapshot(STOCK, 6, { sold: 6 }));
  await flush();
  expect(socket(0).isClosed).toBe(true);
  expect(socket(2).isClosed).toBe(false);
});

test("followers of one topic share its subscription, and the last one ends it", async () => {
  const started = start(new FakeApi().client());
  const [first, second, other] = [vi.fn(), vi.fn(), vi.fn()];
  const endFirst = started.subscribe(STOCK, first);
  await flush();
  socket().tell(snapshot(STOCK, 1, { sold: 1 }));
  const endSecond = started.subscribe(STOCK, second);
  expect(second.mock.calls).toEqual([[{ sold: 1 }]]);
  const endOther = started.subscribe("deals/2/stock", other);
  await flush();
  socket().tell(snapshot("deals/2/stock", 1, {}));
  endFirst();
  endSecond();
  // Who comes back at once finds the topic as it was.
  started.subscribe(STOCK, first)();
  expect(actions()).toEqual([`subscribe ${STOCK}`, "subscribe deals/2/stock"]);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(actions().at(-1)).toBe(`unsubscribe ${STOCK}`);
  // A new subscription waits for the reply.
  started.subscribe(STOCK, first)();
  await flush();
  expect(actions().at(-1)).toBe(`unsubscribe ${STOCK}`);
  socket().tell({ type: "unsubscribed", topic: STOCK });
  await flush();
  expect(actions().at(-1)).toBe(`subscribe ${STOCK}`);
  socket().tell(snapshot(STOCK, 2, {}));
  endOther();
  await vi.advanceTimersByTimeAsync(1_100);
  expect(socket().isClosed).toBe(true);
  expect(started.status).toBe("idle");
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(FakeSocket.opened).toHaveLength(1);
});

test("another user gets another connection", async () => {
  const { api, client } = await signedInClient();
  start(client).subscribe(ORDER, () => {});
  await flush();
  socket().tell({ type: "authenticated", until: until(15 * MINUTE) });
  await flush();
  socket().tell(snapshot(ORDER, 1, {}));
  api.on("POST /auth/login", () => signedIn("t2", { ...USER, id: "usr_2" }));
  await client.signIn({ email: "user2@test.com", password: "password123" });
  expect(socket(0).isClosed).toBe(true);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(socket().sent).toEqual([{ action: "authenticate", ticket: "ticket 2" }]);
});
