import { Clock } from "./clock.ts";
import { readFailure } from "./errors.ts";
import { API_VERSION, KEYED } from "./generated.ts";
import { RETRY, type RetryPolicy, withRetry } from "./retry.ts";
import { Session, type SessionOptions, type SignedOutReason } from "./session.ts";
import type { CallOptions, Data, Item, ListPath, Method, Options, Page, PathOf, Schemas, User } from "./types.ts";

export interface ClientOptions extends Partial<Pick<SessionOptions, "locks" | "channel" | "storage">> {
  /** Origin of the API, for example `https://shop.example`; by default that of the page. */
  baseUrl?: string;
  fetch?: typeof fetch;
  /** Called once when the session has ended without a call of `signOut` in this tab. */
  onSignedOut?: (reason: SignedOutReason) => void;
  retry?: Partial<RetryPolicy>;
  /** `include` where the API has another origin than the page. */
  credentials?: RequestCredentials;
}

interface Params {
  path?: unknown;
  query?: unknown;
}

/** What the options of all operations of options have in common. */
interface AnyOptions extends CallOptions {
  params?: Params;
  body?: unknown;
}

const PREFIX = "/api/v1";
/** POSTs without an idempotency key whose repeat has no further effect. */
const REPEATABLE = ["/queues/{queue_id}/tokens", "/events/{event_id}/evaluate", "/live/tickets"];

/** Client of the API. Calls return `data`, and throw `ApiError` or `OfflineError`. */
export class Client {
  readonly baseUrl: string;
  /** Newest queue token of each queue in which `waitInQueue` was, by its id. */
  readonly queueTokens = new Map<string, string>();
  readonly #clock = new Clock();
  readonly #session: Session;
  readonly #policy: RetryPolicy;
  readonly #fetch: typeof fetch;
  readonly #credentials: RequestCredentials | undefined;

  constructor(options: ClientOptions = {}) {
    this.baseUrl = (options.baseUrl ?? "").replace(/\/$/, "");
    this.#policy = { ...RETRY, ...options.retry };
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#credentials = options.credentials;
    const scope = `dibs-session${this.baseUrl && `:${this.baseUrl}`}`;
    this.#session = new Session({
      post: (path, body, repeatable) => this.#exchange("POST", path, { body, repeatable }, null),
      now: () => this.now(),
      scope,
      onSignedOut: options.onSignedOut,
      locks: options.locks === undefined ? globalThis.navigator?.locks : options.locks,
      channel: options.channel === undefined ? openChannel(scope) : options.channel,
      storage: options.storage === undefined ? browserStorage() : options.storage,
    });
    let userId = this.user?.id;
    this.#session.listen((user) => {
      if (user?.id !== userId) this.queueTokens.clear();
      userId = user?.id;
    });
  }

  get<P extends PathOf<"get">>(path: P, ...[options]: Options<"get", P>): Promise<Data<"get", P>> {
    return this.#call("GET", path, options);
  }

  post<P extends PathOf<"post">>(path: P, ...[options]: Options<"post", P>): Promise<Data<"post", P>> {
    return this.#call("POST", path, options);
  }

  put<P extends PathOf<"put">>(path: P, ...[options]: Options<"put", P>): Promise<Data<"put", P>> {
    return this.#call("PUT", path, options);
  }

  patch<P extends PathOf<"patch">>(path: P, ...[options]: Options<"patch", P>): Promise<Data<"patch", P>> {
    return this.#call("PATCH", path, options);
  }

  delete<P extends PathOf<"delete">>(path: P, ...[options]: Options<"delete", P>): Promise<Data<"delete", P>> {
    return this.#call("DELETE", path, options);
  }

  /** Returns a page of a list with its `meta`. */
  async page<P extends ListPath>(path: P, ...[options]: Options<"get", P>): Promise<Page<P>> {
    return (await this.#send("GET", path, options)).json();
  }

  /** Reads a list page by page, from the cursor in `options` on. */
  async *pages<P extends ListPath>(path: P, ...[options]: Options<"get", P>): AsyncGenerator<Page<P>, void> {
    const given: AnyOptions = { ...options };
    for (let query = given.params?.query; ; ) {
      const found = await this.#send("GET", path, { ...given, params: { ...given.params, query } });
      const page = (await found.json()) as Page<P> & { meta: { next_cursor: string | null } };
      yield page;
      if (page.meta.next_cursor === null) return;
      query = { ...(query as object | undefined), cursor: page.meta.next_cursor };
    }
  }

  /** Reads all entries of a list, from page to page. */
  async *items<P extends ListPath>(path: P, ...options: Options<"get", P>): AsyncGenerator<Item<P>, void> {
    for await (const page of this.pages(path, ...options)) yield* page.data as Item<P>[];
  }

  /** Returns the response itself, for CSV and headers. Refusals are thrown as in other calls. */
  response<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...[options]: Options<M, P>
  ): Promise<Response> {
    return this.#send(method.toUpperCase(), path, options);
  }

  /** User who is signed in, as of the newest sign-in or refresh. */
  get user(): User | null {
    return this.#session.user;
  }

  signIn(credentials: Schemas["Credentials"]): Promise<User> {
    return this.#session.signIn(credentials);
  }

  /** Ends the session. If the service cannot be told, this tab and the others forget it, and the call throws. */
  signOut(): Promise<void> {
    return this.#session.signOut();
  }

  /** Continues an earlier session when a page is loaded. Returns null if there is none, without a request if possible. */
  restore(): Promise<User | null> {
    return this.#session.restore();
  }

  /** Gets a new access token and account, for example after the e-mail address was confirmed. */
  async refresh(): Promise<User | null> {
    await this.#session.refresh();
    return this.user;
  }

  /** Calls `listener` whenever `user` changes, by any tab. Returns how to end that. */
  onUser(listener: (user: User | null) => void): () => void {
    return this.#session.listen(listener);
  }

  /** Present time of the server in milliseconds, as far as its responses told it. */
  now(): number {
    return this.#clock.now();
  }

  /** Compares the version of the deployed API with the one that this client was made for. */
  async apiVersion(signal?: AbortSignal): Promise<{ deployed: string; expected: string; isOlder: boolean }> {
    const { version: deployed } = await this.get("/health", { signal, tries: 1 });
    return { deployed, expected: API_VERSION, isOlder: compareVersions(deployed, API_VERSION) < 0 };
  }

  async #call<T>(method: string, path: string, options: AnyOptions | undefined): Promise<T> {
    const response = await this.#send(method, path, options);
    if (response.status === 204) return undefined as T;
    const body = await response.json();
    return body.success === true && "data" in body ? body.data : body;
  }

  async #send(method: string, path: string, options: AnyOptions = {}): Promise<Response> {
    const idempotencyKey = options.idempotencyKey ?? (KEYED.has(path) && method === "POST" ? newKey() : undefined);
    const call = idempotencyKey === undefined ? options : { ...options, idempotencyKey };
    const token = await this.#session.token();
    let response = await this.#exchange(method, path, call, token);
    if (response.ok) return response;
    let failure = await readFailure(response, this.now());
    if (failure.code === "UNAUTHORIZED") {
      const fresh = await this.#session.replace(token);
      if (fresh === null) throw failure;
      response = await this.#exchange(method, path, call, fresh);
      if (response.ok) return response;
      failure = await readFailure(response, this.now());
    }
    throw failure;
  }

  /** Sends a request with retries, and returns the last response of whatever status. */
  #exchange(method: string, path: string, options: AnyOptions, token: string | null): Promise<Response> {
    const { params, body, signal, idempotencyKey, queue } = options;
    const headers = new Headers(options.headers);
    if (body !== undefined) headers.set("content-type", "application/json");
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    if (idempotencyKey !== undefined) headers.set("idempotency-key", idempotencyKey);
    const queueToken = options.queueToken ?? (queue == null ? undefined : this.queueTokens.get(String(queue)));
    if (queueToken !== undefined) headers.set("x-queue-token", queueToken);

    const url = this.baseUrl + PREFIX + filled(path, params);
    const repeatable =
      options.repeatable ??
      (method === "POST"
        ? (headers.has("idempotency-key") && KEYED.has(path)) || REPEATABLE.includes(path)
        : method !== "PATCH");
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (this.#credentials) init.credentials = this.#credentials;
    const attempt = async (attemptSignal: AbortSignal) => {
      const sent = Date.now();
      const response = await this.#fetch(url, { ...init, signal: attemptSignal });
      this.#clock.learn(response.headers, sent, Date.now());
      // A connection may break before the body is complete: reading it belongs to the attempt.
      const { status, headers } = response;
      const read = await response.arrayBuffer();
      return new Response(read.byteLength > 0 ? read : null, { status, headers });
    };
    const tries = options.tries ?? (repeatable ? this.#policy.tries : 1);
    return withRetry(attempt, { ...this.#policy, tries }, signal);
  }
}

/** Creates a client of the API. */
export function createClient(options?: ClientOptions): Client {
  return new Client(options);
}

/** Creates an idempotency key, for a call that the user may repeat. */
export function newKey(): string {
  // `randomUUID` exists in secure contexts only, and `getRandomValues` everywhere.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the path with its parameters, and the query. */
function filled(path: string, params: Params = {}): string {
  const values = (params.path ?? {}) as Record<string, unknown>;
  const full = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const query = Object.entries(params.query ?? {})
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return query.length > 0 ? `${full}?${query.join("&")}` : full;
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function openChannel(name: string): BroadcastChannel | null {
  if (typeof BroadcastChannel === "undefined") return null;
  const channel = new BroadcastChannel(name);
  // Node would not end while a channel is open.
  (channel as { unref?: () => void }).unref?.();
  return channel;
}

function browserStorage(): Storage | null {
  try {
    return typeof window === "undefined" ? null : window.localStorage;
  } catch {
    return null;
  }
}
