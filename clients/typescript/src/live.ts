import type { Client } from "./client.ts";
import { ApiError } from "./errors.ts";
import { ClosedError, Connection, type ServerMessage } from "./live/connection.ts";
import { poll } from "./live/poller.ts";
import { isPersonal, mergePatch, type TopicState } from "./live/topics.ts";
import { backoff } from "./retry.ts";
import type { Schemas } from "./types.ts";

export type { TopicState } from "./live/topics.ts";

export interface LiveOptions {
  /** Address of the WebSocket endpoint; by default `/ws` at the host of the API. */
  url?: string;
  WebSocket?: new (url: string) => WebSocket;
  onStatus?: (status: LiveStatus) => void;
}

/** `polling`: no WebSocket connection can be opened, so states are read over HTTP. */
export type LiveStatus = "idle" | "connecting" | "live" | "polling";

export interface SubscribeOptions {
  /** For seats of a concert that a queue guards; with it a position in a queue costs fewer reads. */
  queueToken?: string | undefined;
  /** Called when the subscription has ended or is refused, with the error code of the API. */
  onEnd?: (code: string) => void;
}

interface Follower {
  onState: (state: never) => void;
  onEnd: ((code: string) => void) | undefined;
}

/** Topic with those who follow it, and its state. */
interface Followed {
  topic: string;
  queueToken: string | undefined;
  followers: Set<Follower>;
  version: number | null;
  state: unknown;
  stopPolling: (() => void) | null;
  /** Timer of the next try to subscribe to a topic that has too many connections. */
  retry: ReturnType<typeof setTimeout> | undefined;
  /** Timer of the end of a topic that nobody follows any more. */
  leaving: ReturnType<typeof setTimeout> | undefined;
  /** When the rights to the topic ended last, so that they are not renewed without end. */
  renewedAt: number;
}

const PING_MS = 4 * 60_000;
/** Time for which a topic, and a connection without topics, are kept for those who come back at once. */
const LINGER_MS = 1_000;
/** Time before the end of a user's rights at which they are renewed. */
const RENEW_AHEAD_MS = 2 * 60_000;
/** Time for which rights count as just renewed. */
const RENEWED_MS = 10_000;
/** Time after which a topic that had too many connections is tried again. */
const FULL_MS = 60_000;
/** Failures to connect after which topics are polled. */
const BLOCKED = 2;

/** Live updates of states, over one WebSocket connection or by polling. */
export class Live {
  #client: Client;
  #options: LiveOptions;
  #topics = new Map<string, Followed>();
  #current: Connection | null = null;
  #failed = 0;
  #status: LiveStatus = "idle";
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #leaving = new Map<string, Promise<unknown>>();
  #userId: Schemas["User"]["id"] | undefined;
  #unlisten: () => void;

  constructor(client: Client, options: LiveOptions = {}) {
    this.#client = client;
    this.#options = options;
    this.#userId = client.user?.id;
    this.#unlisten = client.onUser((user) => {
      const before = this.#userId;
      this.#userId = user?.id;
      // A connection stays with its first user.
      if (before !== this.#userId && this.#current?.authenticated) this.#current.close();
    });
    globalThis.addEventListener?.("online", this.#online);
  }

  get status(): LiveStatus {
    return this.#status;
  }

  /**
   * Follows a topic: `onState` gets each new state, the present one first. Returns how to end that.
   * @example live.subscribe(`deals/${id}/stock`, (stock) => show(stock.available_quantity))
   */
  subscribe<T extends string>(
    topic: T,
    onState: (state: TopicState<T>) => void,
    { queueToken, onEnd }: SubscribeOptions = {},
  ): () => void {
    const follower: Follower = { onState, onEnd };
    let followed = this.#topics.get(topic);
    if (followed) {
      clearTimeout(followed.leaving);
      followed.queueToken = queueToken ?? followed.queueToken;
      followed.followers.add(follower);
      if (followed.state !== undefined) onState(followed.state as TopicState<T>);
    } else {
      followed = {
        topic,
        queueToken,
        followers: new Set([follower]),
        version: null,
        state: undefined,
        stopPolling: null,
        retry: undefined,
        leaving: undefined,
        renewedAt: Number.NEGATIVE_INFINITY,
      };
      this.#topics.set(topic, followed);
      if (this.#failed >= BLOCKED) this.#poll(followed);
      if (this.#current?.isOpen) void this.#subscribe(this.#current, followed);
      else this.#connect();
    }
    const { followers } = followed;
    return () => {
      if (!followers.delete(follower) || followers.size > 0 || this.#topics.get(topic) !== followed) return;
      followed.leaving = setTimeout(() => this.#leave(followed), LINGER_MS);
    };
  }

  /** Ends all subscriptions and the connection. */
  close(): void {
    this.#unlisten();
    globalThis.removeEventListener?.("online", this.#online);
    for (const followed of this.#topics.values()) this.#drop(followed);
    this.#idle();
  }

  #online = () => {
    if (this.#topics.size > 0 && !this.#current) this.#connect();
  };

  #setStatus(status: LiveStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#options.onStatus?.(status);
  }

  #connect(): void {
    if (this.#current) return;
    clearTimeout(this.#retry);
    if (this.#failed < BLOCKED) this.#setStatus("connecting");
    this.#current = this.#open((connection) => {
      for (const followed of this.#topics.values()) void this.#subscribe(connection, followed);
    });
  }

  #open(onOpen: (connection: Connection) => void): Connection {
    const url = this.#options.url ?? defaultUrl(this.#client.baseUrl);
    const socket = new (this.#options.WebSocket ?? WebSocket)(url);
    const connection: Connection = new Connection(socket, {
      open: () => onOpen(connection),
      message: (message) => this.#receive(connection, message),
      close: () => this.#closed(connection),
    });
    return connection;
  }

  #closed(connection: Connection): void {
    // Another connection has taken the place of this one.
    if (connection !== this.#current) return;
    this.#current = null;
    this.#stopTimers();
    if (this.#topics.size === 0) return;
    this.#failed++;
    if (this.#failed >= BLOCKED) {
      this.#setStatus("polling");
      for (const followed of this.#topics.values()) this.#poll(followed);
    } else {
      this.#setStatus("connecting");
    }
    this.#retry = setTimeout(() => this.#connect(), backoff(this.#failed, 1000, 60_000));
  }

  async #subscribe(connection: Connection, followed: Followed): Promise<void> {
    const { topic, queueToken } = followed;
    try {
      await this.#leaving.get(topic);
      if (isPersonal(topic) || queueToken !== undefined) await this.#authenticate(connection);
      if (this.#topics.get(topic) !== followed) return;
      const wish = { action: "subscribe", topic } as const;
      const reply = await connection.request(queueToken === undefined ? wish : { ...wish, queue_token: queueToken });
      if (this.#topics.get(topic) !== followed) return;
      if (reply.type === "use_snapshot") this.#full(followed);
      else if (reply.type === "error") this.#refused(connection, followed, reply.code);
    } catch (error) {
      // A closed connection is opened again, and subscribes then. Tickets may be refused, or get no answer.
      if (error instanceof ApiError && error.status < 500) this.#end(followed, error.code);
      else connection.close();
    }
  }

  /** Shows a ticket over the connection, once for all topics, and renews the user's rights before they end. */
  #authenticate(connection: Connection): Promise<void> {
    connection.authenticated ??= this.#showTicket(connection).catch((error) => {
      connection.authenticated = null;
      throw error;
    });
    return connection.authenticated;
  }

  async #showTicket(connection: Connection): Promise<void> {
    connection.authenticatedAt = Date.now();
    const { ticket } = await this.#client.post("/live/tickets");
    const reply = await connection.request({ action: "authenticate", ticket });
    if (reply.type !== "authenticated") throw new ClosedError("The connection does not take the ticket.");
    const left = Date.parse(reply.until) - this.#client.now() - RENEW_AHEAD_MS;
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#renew(connection), Math.max(1000, left));
  }

  async #renew(connection: Connection): Promise<void> {
    connection.authenticated = null;
    try {
      await this.#authenticate(connection);
    } catch {
      // The server ends the subscriptions then, and each is subscribed to again or ends.
      return;
    }
    // The renewal does not include the seats of a concert that a queue guards.
    for (const followed of this.#topics.values()) {
      if (followed.queueToken !== undefined && !isPersonal(followed.topic)) void this.#subscribe(connection, followed);
    }
  }

  #receive(connection: Connection, message: ServerMessage): void {
    if (message.type === "reconnect") return this.#replace(connection);
    const followed = "topic" in message ? this.#topics.get(message.topic ?? "") : undefined;
    if (!followed) return;
    const { version } = followed;
    if (message.type === "snapshot") {
      this.#isLive(followed);
      if (version === null || message.version > version) this.#accept(followed, message.version, message.data);
    } else if (message.type === "delta") {
      if (version !== null && message.version <= version) return;
      if (version === message.from_version) {
        this.#accept(followed, message.version, mergePatch(followed.state, message.data));
      } else {
        void this.#subscribe(connection, followed);
      }
    } else if (message.type === "ended") {
      this.#refused(connection, followed, message.code);
    }
  }

  #isLive(followed: Followed): void {
    followed.stopPolling?.();
    followed.stopPolling = null;
    this.#failed = 0;
    this.#setStatus("live");
    if (this.#ping === undefined) this.#schedulePing();
  }

  #accept(followed: Followed, version: number | null, state: unknown): void {
    followed.version = version ?? followed.version;
    followed.state = state;
    for (const { onState } of followed.followers) onState(state as never);
  }

  #schedulePing(): void {
    clearTimeout(this.#ping);
    this.#ping = setTimeout(async () => {
      this.#ping = undefined;
      // No reply closes the connection, and the reply `reconnect` replaces it.
      await this.#current?.request({ action: "ping" }).catch(() => {});
      if (this.#current?.isOpen) this.#schedulePing();
    }, PING_MS);
  }

  /** Opens another connection, subscribes there, and closes the old one after that. */
  #replace(old: Connection): void {
    if (old !== this.#current) return;
    this.#open(async (next) => {
      await Promise.all([...this.#topics.values()].map((followed) => this.#subscribe(next, followed)));
      // A failure leaves the old connection in place, whose next ping tries again.
      if (next.isClosed || this.#current !== old) return next.close();
      this.#current = next;
      old.close();
    });
  }

  #full(followed: Followed): void {
    this.#poll(followed);
    clearTimeout(followed.retry);
    followed.retry = setTimeout(() => {
      if (this.#current?.isOpen) void this.#subscribe(this.#current, followed);
    }, FULL_MS * (1 + Math.random()));
  }

  #poll(followed: Followed): void {
    followed.stopPolling ??= poll(this.#client, {
      topic: followed.topic,
      queueToken: followed.queueToken,
      since: () => followed.version,
      onState: ({ version, data }) => {
        // Without a newer version the answer has no state.
        const isNewer = version === null || followed.version === null || version > followed.version;
        if (isNewer) this.#accept(followed, version, data);
      },
      onRefused: (code) => this.#end(followed, code),
    });
  }

  #refused(connection: Connection, followed: Followed, code: string): void {
    if (code === "UNAUTHORIZED" && Date.now() - followed.renewedAt > RENEW_AHEAD_MS) {
      followed.renewedAt = Date.now();
      // The first of several topics that end at once renews the rights for all.
      if (Date.now() - connection.authenticatedAt > RENEWED_MS) connection.authenticated = null;
      void this.#subscribe(connection, followed);
    } else if (code === "CONFLICT" || code === "INTERNAL_ERROR") {
      connection.close();
    } else if (code === "TOO_MANY_REQUESTS") {
      this.#full(followed);
    } else {
      this.#end(followed, code);
    }
  }

  #end(followed: Followed, code: string): void {
    this.#drop(followed);
    if (this.#topics.size === 0) this.#idle();
    for (const { onEnd } of followed.followers) onEnd?.(code);
  }

  #drop(followed: Followed): void {
    clearTimeout(followed.retry);
    clearTimeout(followed.leaving);
    followed.stopPolling?.();
    if (this.#topics.get(followed.topic) === followed) this.#topics.delete(followed.topic);
  }

  #leave(followed: Followed): void {
    this.#drop(followed);
    if (this.#topics.size === 0) return this.#idle();
    const { topic } = followed;
    // A later subscription waits for the reply, since the server may take messages in another order.
    const left = this.#current?.isOpen && this.#current.request({ action: "unsubscribe", topic }).catch(() => {});
    if (!left) return;
    this.#leaving.set(topic, left);
    void left.then(() => this.#leaving.delete(topic));
  }

  #stopTimers(): void {
    for (const timer of [this.#retry, this.#ping, this.#renewal]) clearTimeout(timer);
    this.#ping = undefined;
  }

  #idle(): void {
    this.#stopTimers();
    this.#failed = 0;
    const connection = this.#current;
    this.#current = null;
    connection?.close();
    this.#setStatus("idle");
  }
}

/** Creates live updates for a client. One for all pages of an application is enough. */
export function createLive(client: Client, options?: LiveOptions): Live {
  return new Live(client, options);
}

function defaultUrl(baseUrl: string): string {
  const url = new URL("/ws", baseUrl || location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
