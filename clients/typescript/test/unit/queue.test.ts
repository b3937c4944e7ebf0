import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { leaveQueue, QueueEndedError, type QueueState, waitInQueue } from "../../src/queue.ts";
import { FakeApi, refusal, success } from "./fakes.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const SHARED = "GET /queues/q";
const OWN = "GET /queues/q/tokens/me";
const JOIN = "POST /queues/q/tokens";

/** Queue that admits one user a second, and lists the user at position 100. */
class Room extends FakeApi {
  admitted = 40;
  joined = 100;
  position: number | null = null;
  status = "open";
  ended: string | null = null;

  constructor() {
    super();
    this.on(JOIN, () => success({ ticket: "joined", joined_at: "2026-11-28T10:00:00Z" }, { status: 201 }));
    this.on(SHARED, () =>
      success({ id: "q", status: this.status, admitted_upto: this.admitted, joined: 500, rate: 1, poll_after_ms: 2000 }),
    );
    this.on(OWN, (_, count) => {
      const isActive = this.position !== null && this.admitted >= this.position;
      return success({
        status: this.ended ?? (isActive ? "active" : "waiting"),
        position: this.position,
        ahead: this.position && Math.max(0, this.position - 1 - this.admitted),
        eta_seconds: this.position && { min: this.position - this.admitted, max: 600 },
        poll_after_ms: 1000,
        joined_at: "2026-11-28T10:00:00Z",
        token: `token ${count}`,
        take_up_before: isActive ? "2026-11-28T10:05:00Z" : null,
        expires_at: isActive ? "2026-11-28T10:10:00Z" : null,
      });
    });
  }
}

test("waiting polls the shared document as often as it says, and the own position rarely", async () => {
  const room = new Room();
  const client = room.client();
  const states: QueueState[] = [];
  const waiting = waitInQueue(client, "q", { onChange: (state) => states.push(state) });
  await vi.advanceTimersByTimeAsync(10);
  expect(states.at(-1)).toMatchObject({ position: null, ahead: null, joinedAt: "2026-11-28T10:00:00Z" });
  room.position = 100;
  await vi.advanceTimersByTimeAsync(1_200);
  expect(states.at(-1)).toMatchObject({ position: 100, ahead: 59, etaSeconds: { min: 60, max: 600 } });
  expect(room.count(OWN)).toBe(2);
  for (let second = 0; second < 26; second++) {
    room.admitted++;
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(room.count(OWN), "reads of the own position in 26 s").toBe(2);
  expect(room.count(SHARED), "reads of the document in 26 s").toBeGreaterThanOrEqual(12);
  expect(room.count(SHARED), "reads of the document in 26 s").toBeLessThanOrEqual(14);
  await vi.advanceTimersByTimeAsync(8_000);
  expect(room.count(OWN), "reads of the own position in 34 s").toBe(3);

  room.admitted = 100;
  await vi.advanceTimersByTimeAsync(2_500);
  const admission = await waiting;
  expect(admission).toEqual({
    token: "token 4",
    takeUpBefore: "2026-11-28T10:05:00Z",
    expiresAt: "2026-11-28T10:10:00Z",
  });
  expect(client.queueTokens.get("q")).toBe("token 4");
  expect(room.count(JOIN)).toBe(1);
  const tokens = room.sent.filter((one) => one.path === "/queues/q/tokens/me");
  expect(tokens.map((one) => one.headers.get("x-queue-token"))).toEqual(["joined", "token 1", "token 2", "token 3"]);
});

test("the number of users ahead never rises", async () => {
  const room = new Room();
  room.position = 100;
  const ahead: (number | null)[] = [];
  const control = new AbortController();
  const waiting = waitInQueue(room.client(), "q", {
    signal: control.signal,
    onChange: (state) => ahead.push(state.ahead),
  }).catch(() => {});
  await vi.advanceTimersByTimeAsync(3_000);
  room.admitted = 60;
  await vi.advanceTimersByTimeAsync(3_000);
  // An instance with an older copy answers.
  room.admitted = 50;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(ahead.at(-1)).toBe(39);
  const known = ahead.filter((one) => one !== null);
  expect(known).toEqual([...known].sort((a, b) => b - a));
  control.abort();
  await waiting;
});

test("a paused queue has no upper bound of the waiting time", async () => {
  const room = new Room();
  room.position = 100;
  room.status = "paused";
  const control = new AbortController();
  let state: QueueState | undefined;
  const waiting = waitInQueue(room.client(), "q", { signal: control.signal, onChange: (one) => (state = one) });
  waiting.catch(() => {});
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state?.etaSeconds).toEqual({ min: 60, max: null });
  control.abort();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
});

test("waiting goes on after the service did not answer for a minute", async () => {
  const room = new Room();
  room.position = 100;
  const healthy = room.fetch;
  let isDown = false;
  room.fetch = (...call) => (isDown ? Promise.reject(new TypeError("fetch failed")) : healthy(...call));
  const reachable: boolean[] = [];
  const client = room.client({ fetch: (...call) => room.fetch(...call) });
  const waiting = waitInQueue(client, "q", { onChange: (state) => reachable.push(state.reachable) });
  await vi.advanceTimersByTimeAsync(3_000);
  isDown = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reachable.at(-1)).toBe(false);
  isDown = false;
  room.admitted = 100;
  await vi.advanceTimersByTimeAsync(30_000);
  expect((await waiting).token).toMatch(/^token /);
});

test("a user who is not in the queue any more is told so", async () => {
  const room = new Room().on(OWN, () => refusal(404, "NOT_IN_QUEUE"));
  await expect(waitInQueue(room.client(), "q", { join: false })).rejects.toMatchObject({ code: "NOT_IN_QUEUE" });
  expect(room.count(JOIN)).toBe(0);
});

test("a position that ended is an error of its own", async () => {
  const room = new Room();
  room.ended = "expired";
  const error = await waitInQueue(room.client(), "q").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(QueueEndedError);
  expect(error).toMatchObject({ status: "expired" });
});

test("another user's queue token is given up", async () => {
  const room = new Room();
  room.position = 1;
  const own = room.client();
  const answer = success({ status: "active", token: "mine", joined_at: "", poll_after_ms: 1000 });
  room.on(OWN, ({ headers }) => (headers.has("x-queue-token") ? refusal(403, "QUEUE_TOKEN_INVALID") : answer));
  own.queueTokens.set("q", "another's");
  expect((await waitInQueue(own, "q", { join: false })).token).toBe("mine");
});

test("leaving a queue forgets its token", async () => {
  const room = new Room().on("DELETE /queues/q/tokens/me", () => new Response(null, { status: 204 }));
  const client = room.client();
  client.queueTokens.set("q", "t");
  await leaveQueue(client, "q");
  expect(client.queueTokens.has("q")).toBe(false);
});
