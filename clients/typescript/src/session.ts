import { readFailure } from "./errors.ts";
import type { Schemas, User } from "./types.ts";

/** Why a session ended without a call of `signOut` in this tab. */
export type SignedOutReason = "expired" | "other-tab";

export interface SessionOptions {
  /** Sends a POST without an access token, with retries. */
  post(path: string, body: unknown, repeatable: boolean): Promise<Response>;
  now(): number;
  /** Name that all tabs of one API have in common. */
  scope: string;
  onSignedOut: ((reason: SignedOutReason) => void) | undefined;
  /** By default the browser's, where there is one; null for none. */
  locks?: Pick<LockManager, "request"> | null | undefined;
  channel?: BroadcastChannel | null | undefined;
  storage?: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null | undefined;
}

interface Token {
  value: string;
  /** Time at which the token ends, on this machine's clock. */
  expiresAt: number;
}

type Message = { type: "signed-in"; token: Token; user: User } | { type: "signed-out" };

/** Rest of a token's life in which a call refreshes it in the background, and in which a call waits for that. */
const REFRESH_AHEAD_MS = 60_000;
const REFRESH_FIRST_MS = 5_000;
/** Time for the message of the tab that had the lock before to arrive. */
const HEARD_MS = 100;

/**
 * Session of the user in this tab and all others. The access token is in memory only; the refresh token is a cookie
 * that no script can read. Storage has nothing but a mark that somebody signed in, to save visitors a request.
 */
export class Session {
  user: User | null = null;
  #options: SessionOptions;
  #token: Token | null = null;
  /** Rises with each change of the session, so that the answer to an older request is not taken. */
  #generation = 0;
  #refreshing: Promise<string | null> | null = null;
  #listeners = new Set<(user: User | null) => void>();
  #heard: (() => void) | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { channel } = options;
    if (channel) channel.onmessage = ({ data }) => this.#receive(data as Message);
  }

  /** Calls `listener` whenever the user signs in or out, in this tab or another. Returns how to end that. */
  listen(listener: (user: User | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async signIn(credentials: Schemas["Credentials"]): Promise<User> {
    return this.#exclusive(async () => {
      const response = await this.#options.post("/auth/login", credentials, false);
      if (!response.ok) throw await readFailure(response, this.#options.now());
      return this.#adopt(await response.json());
    });
  }

  /** Ends the session here and in all tabs, also when the service cannot be told; then it throws nevertheless. */
  async signOut(): Promise<void> {
    await this.#exclusive(async () => {
      try {
        const response = await this.#options.post("/auth/logout", undefined, true);
        if (!response.ok) throw await readFailure(response, this.#options.now());
      } finally {
        this.#end();
      }
    });
  }

  /** Continues an earlier session by its cookie. Returns null, without a request, if nobody signed in here. */
  async restore(): Promise<User | null> {
    if (!this.#token && this.isMarked) await this.refresh();
    return this.user;
  }

  /** Whether somebody signed in here and did not sign out; where there is no storage, it is unknown and may be. */
  get isMarked(): boolean {
    try {
      return !this.#options.storage || this.#options.storage.getItem(this.#options.scope) !== null;
    } catch {
      return true;
    }
  }

  /** Returns the token for a call, after a refresh if it has run out; null if nobody is signed in. */
  async token(): Promise<string | null> {
    if (!this.#token) return this.#refreshing;
    const left = this.#token.expiresAt - Date.now();
    if (left < REFRESH_FIRST_MS) return this.refresh();
    // The call at hand has a token that works; if the refresh fails, a later call tries again.
    if (left < REFRESH_AHEAD_MS) this.refresh().catch(() => {});
    return this.#token.value;
  }

  /** Returns a token in place of one that was refused; null if there is no session. */
  async replace(refused: string | null): Promise<string | null> {
    if (this.#token && this.#token.value !== refused) return this.#token.value;
    return this.#token || this.isMarked ? this.refresh() : null;
  }

  /** Gets a new access token by the cookie, once for all who ask meanwhile. Returns null if the session has ended. */
  refresh(): Promise<string | null> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<string | null> {
    const begun = this.#generation;
    return this.#exclusive(async (waited) => {
      if (waited && begun === this.#generation) await this.#hear();
      const hasChanged = () => begun !== this.#generation;
      if (hasChanged()) return this.#token?.value ?? null;
      const response = await this.#options.post("/auth/refresh", undefined, true);
      // Without locks another tab may sign in or out meanwhile, and this answer is of the session before.
      if (hasChanged()) return this.#token?.value ?? null;
      if (response.status === 401) {
        this.#end("expired");
        return null;
      }
      if (!response.ok) throw await readFailure(response, this.#options.now());
      this.#adopt(await response.json());
      return this.#token!.value;
    });
  }

  /** Runs `run` while no other tab changes the session. `waited`: another one did just before. */
  async #exclusive<T>(run: (waited: boolean) => Promise<T>): Promise<T> {
    const { locks, scope } = this.#options;
    if (!locks) return run(false);
    const first = await locks.request(scope, { ifAvailable: true }, async (lock) =>
      lock ? { result: await run(false) } : null,
    );
    return first ? first.result : locks.request(scope, () => run(true)) as Promise<T>;
  }

  #hear(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, HEARD_MS);
      this.#heard = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #receive(message: Message): void {
    if (message.type === "signed-in") this.#change(message.token, message.user);
    else this.#end("other-tab", false);
    this.#heard?.();
    this.#heard = null;
  }

  #adopt({ data }: { data: Schemas["SignIn"] }): User {
    const token = { value: data.access_token, expiresAt: Date.now() + data.expires_in * 1000 };
    this.#change(token, data.user);
    this.#mark(true);
    this.#options.channel?.postMessage({ type: "signed-in", token, user: data.user } satisfies Message);
    return data.user;
  }

  #end(reason?: SignedOutReason, tell = true): void {
    const wasSignedIn = this.user !== null;
    this.#change(null, null);
    if (tell) {
      this.#mark(false);
      this.#options.channel?.postMessage({ type: "signed-out" } satisfies Message);
    }
    if (reason && wasSignedIn) this.#options.onSignedOut?.(reason);
  }

  #change(token: Token | null, user: User | null): void {
    this.#generation++;
    this.#token = token;
    // A refresh brings the same account in another object: listeners are told of changes only.
    if (JSON.stringify(user) === JSON.stringify(this.user)) return;
    this.user = user;
    for (const listener of this.#listeners) listener(user);
  }

  #mark(signedIn: boolean): void {
    try {
      if (signedIn) this.#options.storage?.setItem(this.#options.scope, "signed-in");
      else this.#options.storage?.removeItem(this.#options.scope);
    } catch {
      // Storage may be full or forbidden; then the next page load costs a request.
    }
  }
}
