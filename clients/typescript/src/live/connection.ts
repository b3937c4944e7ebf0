import { backoff } from "../retry.ts";

export type ClientMessage =
  | { action: "authenticate"; ticket: string }
  | { action: "subscribe"; topic: string; queue_token?: string }
  | { action: "unsubscribe"; topic: string }
  | { action: "ping" };

export type ServerMessage =
  | { type: "authenticated"; until: string }
  | { type: "snapshot"; topic: string; version: number; data: unknown }
  | { type: "delta"; topic: string; from_version: number; version: number; data: unknown }
  | { type: "unsubscribed"; topic: string }
  | { type: "ended"; topic: string; code: string }
  | { type: "use_snapshot"; topic: string }
  | { type: "pong" }
  | { type: "reconnect"; ends_at: string }
  | { type: "error"; topic?: string; code: string; message: string };

/** The connection has closed, or its peer does not reply. */
export class ClosedError extends Error {}

interface Expectation {
  message: ClientMessage;
  sent: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  resolve(reply: ServerMessage): void;
  reject(error: Error): void;
}

/** Time to wait for a reply before the message is sent again, and how often it is sent. */
const REPLY_MS = 5_000;
const SENDS = 4;
/** Time for the connection to open. */
const OPEN_MS = 10_000;

/** Reply types by the action that they answer, beside `error`. */
const REPLIES: Record<ClientMessage["action"], ServerMessage["type"][]> = {
  authenticate: ["authenticated"],
  subscribe: ["snapshot", "use_snapshot"],
  unsubscribe: ["unsubscribed"],
  ping: ["pong", "reconnect"],
};

/** One WebSocket connection, which sends messages until they are replied to. */
export class Connection {
  /** Pending or done once a user's ticket is shown over it. */
  authenticated: Promise<void> | null = null;
  /** When that was, on this machine's clock. */
  authenticatedAt = Number.NEGATIVE_INFINITY;
  isOpen = false;
  isClosed = false;
  #socket: WebSocket;
  #expected: Expectation[] = [];
  #opening: ReturnType<typeof setTimeout>;
  #onClose: () => void;

  constructor(socket: WebSocket, on: { open(): void; message(message: ServerMessage): void; close(): void }) {
    this.#socket = socket;
    this.#onClose = on.close;
    this.#opening = setTimeout(() => this.close(), OPEN_MS);
    socket.onopen = () => {
      if (this.isClosed) return;
      clearTimeout(this.#opening);
      this.isOpen = true;
      on.open();
    };
    socket.onmessage = ({ data }) => {
      if (this.isClosed) return;
      const message = JSON.parse(String(data)) as ServerMessage;
      // API Gateway reports a failed function by an object without a type; the message is sent again then.
      if (typeof message.type !== "string") return;
      this.#settle(message);
      on.message(message);
    };
    socket.onclose = () => this.close();
  }

  /** Sends `message`, again if no reply comes or the reply is BUSY. Closes the connection if that does not help. */
  request(message: ClientMessage): Promise<ServerMessage> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new ClosedError());
      const expected: Expectation = { message, sent: 0, timer: undefined, resolve, reject };
      this.#expected.push(expected);
      this.#transmit(expected);
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.#opening);
    this.#socket.close();
    for (const expected of this.#expected.splice(0)) {
      clearTimeout(expected.timer);
      expected.reject(new ClosedError());
    }
    this.#onClose();
  }

  #transmit(expected: Expectation): void {
    if (this.isClosed) return;
    if (expected.sent++ === SENDS) return this.close();
    this.#socket.send(JSON.stringify(expected.message));
    expected.timer = setTimeout(() => this.#transmit(expected), REPLY_MS);
  }

  #settle(reply: ServerMessage): void {
    const topic = "topic" in reply ? reply.topic : undefined;
    const index = this.#expected.findIndex(({ message }) => {
      const same = ("topic" in message ? message.topic : undefined) === topic;
      return same && (reply.type === "error" || REPLIES[message.action].includes(reply.type));
    });
    const expected = this.#expected[index];
    if (!expected) return;
    clearTimeout(expected.timer);
    if (reply.type === "error" && reply.code === "BUSY") {
      expected.timer = setTimeout(() => this.#transmit(expected), backoff(expected.sent, 1000));
      return;
    }
    this.#expected.splice(index, 1);
    expected.resolve(reply);
  }
}
