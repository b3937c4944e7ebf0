import { type Client, type ClientOptions, createClient } from "../../src/index.ts";

export interface Sent {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

type Answer = Response | Error | Promise<Response>;

/** API that records requests, and answers each by the first handler for its method and path, or by 404. */
export class FakeApi {
  readonly sent: Sent[] = [];
  #handlers = new Map<string, (sent: Sent, count: number) => Answer>();
  #counts = new Map<string, number>();

  /** `count` is the number of this request to the route, from 1. */
  on(route: string, handler: (sent: Sent, count: number) => Answer): this {
    this.#handlers.set(route, handler);
    return this;
  }

  count(route: string): number {
    return this.#counts.get(route) ?? 0;
  }

  fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input), "http://api.test");
    const path = url.pathname.replace("/api/v1", "") + url.search;
    const method = init?.method ?? "GET";
    const body = init?.body ? JSON.parse(String(init.body)) : undefined;
    const sent = { method, path, headers: new Headers(init?.headers), body };
    this.sent.push(sent);
    const route = `${method} ${path.split("?")[0]}`;
    const count = this.count(route) + 1;
    this.#counts.set(route, count);
    const answer = this.#handlers.get(route)?.(sent, count) ?? refusal(404, "NOT_FOUND");
    if (answer instanceof Error) throw answer;
    const aborted = new Promise<never>((_, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    });
    return Promise.race([answer, aborted]);
  };

  client(options: ClientOptions = {}): Client {
    return createClient({ fetch: this.fetch, locks: null, channel: null, storage: null, ...options });
  }
}

export function success(data: unknown, init: ResponseInit & { meta?: unknown } = {}): Response {
  const { meta, ...rest } = init;
  return Response.json({ success: true, data, ...(meta ? { meta } : {}) }, rest);
}

export function refusal(status: number, code: string, headers: HeadersInit = {}, details?: unknown): Response {
  const error = { code, message: `refused with ${code}`, request_id: "req_1", details };
  return Response.json({ success: false, error }, { status, headers });
}

export const USER = { id: "usr_1", email: "user1@test.com", name: "Uma", roles: ["USER"] };

export function signedIn(token: string, user: unknown = USER, expiresIn = 900): Response {
  return success({ access_token: token, token_type: "Bearer", expires_in: expiresIn, user });
}

/** Local storage that tabs share. */
export class FakeStorage {
  readonly entries = new Map<string, string>();
  getItem = (key: string) => this.entries.get(key) ?? null;
  setItem = (key: string, value: string) => void this.entries.set(key, value);
  removeItem = (key: string) => void this.entries.delete(key);
}

/** What the tabs of one browser share: locks, a channel, and storage. */
export class FakeBrowser {
  readonly storage = new FakeStorage();
  #channels: { onmessage: ((event: { data: unknown }) => void) | null }[] = [];
  #held = Promise.resolve() as Promise<unknown>;
  #count = 0;

  /** Options of a client in a further tab. */
  tab(): Pick<ClientOptions, "locks" | "channel" | "storage"> {
    const channel = { onmessage: null as ((event: { data: unknown }) => void) | null, postMessage: (data: unknown) => {
      const others = this.#channels.filter((one) => one !== channel);
      queueMicrotask(() => others.forEach((one) => one.onmessage?.({ data: structuredClone(data) })));
    } };
    this.#channels.push(channel);
    return {
      locks: { request: this.#request } as unknown as LockManager,
      channel: channel as unknown as BroadcastChannel,
      storage: this.storage,
    };
  }

  #request = async (_: string, ...rest: unknown[]) => {
    const run = rest.at(-1) as (lock: object | null) => Promise<unknown>;
    const ifAvailable = (rest[0] as { ifAvailable?: boolean }).ifAvailable === true;
    if (ifAvailable && this.#count > 0) return run(null);
    this.#count++;
    const mine = this.#held.then(() => run({}));
    this.#held = mine.catch(() => {}).then(() => void this.#count--);
    return mine;
  };
}
