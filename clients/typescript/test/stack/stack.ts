import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../src/index.ts";

const BINARY = process.env.DIBS ?? fileURLToPath(new URL("../../../../target/debug/dibs", import.meta.url));
const IS_BUILT = existsSync(BINARY);

if (!IS_BUILT) {
  console.warn(`SKIPPED tests against a stack: there is no ${BINARY}. Run \`cargo build\`, or name one by DIBS.`);
}

/** Group of tests that need the binary. */
export const describeStack: typeof describe | typeof describe.skip = IS_BUILT ? describe : describe.skip;

/** Local stack of the tests, on a free port, with demo data in memory. */
export class Stack {
  private constructor(
    readonly url: string,
    readonly process: ChildProcess,
  ) {}

  static start(): Promise<Stack> {
    const child = spawn(BINARY, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
    return new Promise((resolve, reject) => {
      let printed = "";
      const read = (chunk: Buffer) => {
        printed += chunk;
        const api = /(http:\/\/127\.0\.0\.1:\d+)\/api\/v1\/health/.exec(printed)?.[1];
        if (api) resolve(new Stack(api, child));
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`${BINARY} ended with ${code}: ${printed}`)));
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.process.once("exit", () => resolve());
      this.process.kill("SIGINT");
    });
  }

  /** Browser with its cookies, whose tabs are clients. */
  browser(): (options?: ClientOptions) => Client {
    const withCookies = this.fetchWithCookies();
    return (options) => createClient({ baseUrl: this.url, fetch: withCookies, ...options });
  }

  fetchWithCookies(): typeof fetch {
    const cookies = new Map<string, string>();
    return async (input, init) => {
      const headers = new Headers(init?.headers);
      if (cookies.size > 0) headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
      const response = await fetch(input, { ...init, headers });
      for (const line of response.headers.getSetCookie()) {
        const [name = "", value = ""] = line.split(";")[0]!.split("=");
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    };
  }

  async signedIn(name: string, options?: ClientOptions): Promise<Client> {
    const client = this.browser()({ channel: null, locks: null, ...options });
    await client.signIn({ email: `${name}@test.com`, password: "password123" });
    return client;
  }
}

/** Values that arrive one by one, to be awaited in order. */
export class Arrivals<T> {
  #values: T[] = [];
  #waiting: (() => void) | undefined;

  readonly push = (value: T): void => {
    this.#values.push(value);
    this.#waiting?.();
  };

  /** Returns the first value from now on that `matches`. The time of the test bounds it. */
  async next(matches: (value: T) => boolean = () => true): Promise<T> {
    for (;;) {
      const value = this.#values.shift();
      if (value === undefined) await new Promise<void>((resolve) => (this.#waiting = resolve));
      else if (matches(value)) return value;
    }
  }
}
