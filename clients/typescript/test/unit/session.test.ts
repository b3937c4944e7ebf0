import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeApi, FakeBrowser, refusal, signedIn, success, USER } from "./fakes.ts";

const CREDENTIALS = { email: "user1@test.com", password: "password123" };
const bearer = (api: FakeApi, route: string) =>
  api.sent.filter((one) => `${one.method} ${one.path}` === route).map((one) => one.headers.get("authorization"));

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** API whose access tokens are `t1`, `t2` …, each valid until a refresh brings the next one or `expire` is called. */
class Sessions extends FakeApi {
  issued = 0;
  valid = new Set<string>();
  hasEnded = false;
  gate: Promise<void> = Promise.resolve();

  constructor() {
    super();
    const issue = () => {
      const token = `t${++this.issued}`;
      this.valid.add(`Bearer ${token}`);
      return signedIn(token);
    };
    this.on("POST /auth/login", issue);
    this.on("POST /auth/logout", () => new Response(null, { status: 204 }));
    this.on("POST /auth/refresh", () =>
      this.gate.then(() => (this.hasEnded ? refusal(401, "UNAUTHORIZED") : issue())),
    );
    this.on("GET /balance", ({ headers }) =>
      this.valid.has(headers.get("authorization") ?? "") ? success({ balance: 1 }) : refusal(401, "UNAUTHORIZED"),
    );
  }
}

test("calls after the sign-in carry the access token", async () => {
  const api = new Sessions();
  const client = api.client();
  expect(await client.signIn(CREDENTIALS)).toEqual(USER);
  await client.get("/balance");
  expect(bearer(api, "GET /balance")).toEqual(["Bearer t1"]);
  expect(client.user).toEqual(USER);
});

test("wrong credentials are refused without a refresh", async () => {
  const api = new Sessions().on("POST /auth/login", () => refusal(401, "INVALID_CREDENTIALS"));
  const client = api.client({ storage: new FakeBrowser().storage });
  await expect(client.signIn(CREDENTIALS)).rejects.toMatchObject({ code: "INVALID_CREDENTIALS" });
  expect(api.count("POST /auth/refresh")).toBe(0);
});

test("calls that are refused together share one refresh, and are sent again once", async () => {
  const api = new Sessions();
  const client = api.client();
  await client.signIn(CREDENTIALS);
  api.valid.clear();
  await Promise.all([client.get("/balance"), client.get("/balance"), client.get("/balance")]);
  expect(api.count("POST /auth/refresh")).toBe(1);
  expect(api.count("GET /balance")).toBe(6);
});

test("a call that is refused after a refresh, too, fails", async () => {
  const api = new Sessions().on("GET /balance", () => refusal(401, "UNAUTHORIZED"));
  const client = api.client();
  await client.signIn(CREDENTIALS);
  await expect(client.get("/balance")).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(api.count("GET /balance")).toBe(2);
});

test("a token is refreshed in the background in its last minute, and before a call when it has run out", async () => {
  const api = new Sessions();
  const client = api.client();
  await client.signIn(CREDENTIALS);
  vi.setSystemTime(Date.now() + 839_000);
  await client.get("/balance");
  expect(api.count("POST /auth/refresh")).toBe(0);
  vi.setSystemTime(Date.now() + 2_000);
  await client.get("/balance");
  expect(api.count("POST /auth/refresh")).toBe(1);
  await vi.runAllTimersAsync();
  vi.setSystemTime(Date.now() + 1_000_000);
  await client.get("/balance");
  expect(bearer(api, "GET /balance")).toEqual(["Bearer t1", "Bearer t1", "Bearer t3"]);
});

test("a failed refresh is told once", async () => {
  const api = new Sessions();
  const onSignedOut = vi.fn();
  const client = api.client({ onSignedOut, storage: new FakeBrowser().storage });
  const onUser = vi.fn();
  client.onUser(onUser);
  await client.signIn(CREDENTIALS);
  api.valid.clear();
  api.hasEnded = true;
  const calls = [client.get("/balance"), client.get("/balance")];
  for (const result of await Promise.allSettled(calls)) expect(result.status).toBe("rejected");
  await expect(client.get("/balance")).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(onSignedOut.mock.calls).toEqual([["expired"]]);
  expect(onUser.mock.calls).toEqual([[USER], [null]]);
  expect(api.count("POST /auth/refresh")).toBe(1);
});

test("a refresh that gets no answer signs nobody out", async () => {
  const api = new Sessions();
  const onSignedOut = vi.fn();
  const client = api.client({ onSignedOut });
  await client.signIn(CREDENTIALS);
  api.valid.clear();
  api.on("POST /auth/refresh", () => new TypeError("fetch failed"));
  const call = client.get("/balance").catch((error: Error) => error.name);
  await vi.runAllTimersAsync();
  expect(await call).toBe("OfflineError");
  expect(onSignedOut).not.toHaveBeenCalled();
  expect(client.user).toEqual(USER);
});

test("a visitor who never signed in costs no request", async () => {
  const api = new Sessions();
  expect(await api.client(new FakeBrowser().tab()).restore()).toBeNull();
  expect(api.sent).toEqual([]);
});

test("a page that is loaded again continues the session", async () => {
  const [api, browser] = [new Sessions(), new FakeBrowser()];
  await api.client(browser.tab()).signIn(CREDENTIALS);
  const reloaded = api.client(browser.tab());
  const call = reloaded.restore().then(() => reloaded.get("/balance"));
  await vi.runAllTimersAsync();
  await call;
  expect(reloaded.user).toEqual(USER);
  expect(bearer(api, "GET /balance")).toEqual(["Bearer t2"]);
});

test("a call during the restore waits for its token", async () => {
  const [api, browser] = [new Sessions(), new FakeBrowser()];
  await api.client(browser.tab()).signIn(CREDENTIALS);
  const reloaded = api.client(browser.tab());
  void reloaded.restore();
  await reloaded.get("/balance");
  expect(bearer(api, "GET /balance")).toEqual(["Bearer t2"]);
});

test("a session that ended meanwhile restores to null, and only once costs a request", async () => {
  const [api, browser, onSignedOut] = [new Sessions(), new FakeBrowser(), vi.fn()];
  await api.client(browser.tab()).signIn(CREDENTIALS);
  api.hasEnded = true;
  expect(await api.client({ ...browser.tab(), onSignedOut }).restore()).toBeNull();
  expect(await api.client(browser.tab()).restore()).toBeNull();
  expect(api.count("POST /auth/refresh")).toBe(1);
  expect(onSignedOut).not.toHaveBeenCalled();
});

test("storage never has a token", async () => {
  const [api, browser] = [new Sessions(), new FakeBrowser()];
  const client = api.client(browser.tab());
  await client.signIn(CREDENTIALS);
  await client.refresh();
  expect([...browser.storage.entries.values()]).toEqual(["signed-in"]);
});

test("a sign-in in one tab signs in the other, and so does a sign-out", async () => {
  const [api, browser, onSignedOut] = [new Sessions(), new FakeBrowser(), vi.fn()];
  const [first, second] = [api.client(browser.tab()), api.client({ ...browser.tab(), onSignedOut })];
  await first.signIn(CREDENTIALS);
  expect(second.user).toEqual(USER);
  await second.get("/balance");
  expect(bearer(api, "GET /balance")).toEqual(["Bearer t1"]);
  await first.signOut();
  expect(second.user).toBeNull();
  expect(onSignedOut.mock.calls).toEqual([["other-tab"]]);
  await expect(second.get("/balance")).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(api.count("POST /auth/refresh")).toBe(0);
});

test("two tabs that need a token at once make one refresh", async () => {
  const [api, browser] = [new Sessions(), new FakeBrowser()];
  const [first, second] = [api.client(browser.tab()), api.client(browser.tab())];
  await first.signIn(CREDENTIALS);
  api.valid.clear();
  let open = () => {};
  api.gate = new Promise((resolve) => {
    open = resolve;
  });
  const calls = Promise.all([first.get("/balance"), second.get("/balance")]);
  await vi.advanceTimersByTimeAsync(1);
  open();
  await vi.runAllTimersAsync();
  await calls;
  expect(api.count("POST /auth/refresh")).toBe(1);
  expect(bearer(api, "GET /balance").slice(2)).toEqual(["Bearer t2", "Bearer t2"]);
});

test("a tab whose neighbour got no answer refreshes itself", async () => {
  const [api, browser] = [new Sessions(), new FakeBrowser()];
  const retry = { tries: 1 };
  const [first, second] = [api.client({ ...browser.tab(), retry }), api.client({ ...browser.tab(), retry })];
  await first.signIn(CREDENTIALS);
  api.valid.clear();
  api.on("POST /auth/refresh", (_, count) => {
    api.valid.add("Bearer fresh");
    return count === 1 ? new TypeError("fetch failed") : signedIn("fresh");
  });
  const calls = Promise.allSettled([first.get("/balance"), second.get("/balance")]);
  await vi.runAllTimersAsync();
  expect((await calls).map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("a refresh that is under way when another tab signs in does not undo the sign-in", async () => {
  const [api, browser] = [new Sessions(), new FakeBrowser()];
  const other = { ...USER, id: "usr_2" };
  const client = api.client({ ...browser.tab(), locks: null });
  const neighbour = api.client({ ...browser.tab(), locks: null });
  await client.signIn(CREDENTIALS);
  let open = () => {};
  api.gate = new Promise((resolve) => {
    open = resolve;
  });
  const refresh = client.refresh();
  api.on("POST /auth/login", () => signedIn("other", other));
  await neighbour.signIn(CREDENTIALS);
  open();
  await refresh;
  expect(client.user).toEqual(other);
});

test("a sign-out that the service does not hear of ends the session here, and throws", async () => {
  const [api, browser] = [new Sessions(), new FakeBrowser()];
  const client = api.client({ ...browser.tab(), retry: { tries: 1 } });
  await client.signIn(CREDENTIALS);
  api.on("POST /auth/logout", () => new TypeError("fetch failed"));
  await expect(client.signOut()).rejects.toMatchObject({ name: "OfflineError" });
  expect(client.user).toBeNull();
  expect(browser.storage.entries.size).toBe(0);
});

test("queue tokens of one user are not kept for another", async () => {
  const api = new Sessions();
  const client = api.client();
  await client.signIn(CREDENTIALS);
  client.queueTokens.set("q", "token");
  await client.refresh();
  expect(client.queueTokens.size, "tokens after a refresh").toBe(1);
  api.on("POST /auth/login", () => signedIn("other", { ...USER, id: "usr_2" }));
  await client.signIn(CREDENTIALS);
  expect(client.queueTokens.size, "tokens after another user's sign-in").toBe(0);
});
