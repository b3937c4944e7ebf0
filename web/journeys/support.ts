import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";

export { expect };

/** Demo accounts, whose password is `password123`. */
export type DemoAccount = "admin" | "operator" | "auditor" | "user1" | "user2";
export const PASSWORD = "password123";

/** Running local stack of its own for a worker of the tests. */
export interface Stack {
  url: string;
  /** Sends a request of the API as a demo account, and returns `data`. */
  call<T = any>(who: DemoAccount, method: string, path: string, body?: unknown): Promise<T>;
  /** Sets a fake of an outside service, such as `provider`; `{}` resets it. */
  fake(name: string, settings: object): Promise<void>;
}

interface Fixtures {
  /** Returns a text of the page in the language of the test: `t("deals.order.pay", {amount: "…"})`. */
  t: (key: string, values?: Record<string, string | number>) => string;
  /** Signs a browser in as a demo account, without the page to sign in. */
  signIn: (who: DemoAccount, context?: BrowserContext) => Promise<void>;
}

const binary = resolve(process.env.DIBS ?? "../target/debug/dibs");

async function startStack(): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(binary, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  const url = await new Promise<string>((found, failed) => {
    let said = "";
    const read = (chunk: Buffer) => {
      said += chunk.toString();
      const address = /shop\s+(http:\/\/\S+?)\/?\s/.exec(said)?.[1];
      if (address) found(address);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", failed);
    child.on("exit", (code) => failed(new Error(`${binary} ended with ${code}: ${said}`)));
  });
  return { process: child, url };
}

export const test = base.extend<Fixtures, { stack: Stack }>({
  stack: [
    async ({}, use) => {
      const { process: child, url } = await startStack();
      const tokens = new Map<DemoAccount, Promise<string>>();
      const send = async (method: string, path: string, body?: unknown, token?: string) => {
        const headers: Record<string, string> = { "content-type": "application/json" };
        if (token) headers.authorization = `Bearer ${token}`;
        const init: RequestInit = { method, headers };
        if (body !== undefined) init.body = JSON.stringify(body);
        const response = await fetch(url + path, init);
        const text = await response.text();
        if (!response.ok) throw new Error(`${method} ${path} returned ${response.status}: ${text}`);
        return text ? JSON.parse(text) : undefined;
      };
      const tokenOf = (who: DemoAccount) => {
        const known =
          tokens.get(who) ??
          send("POST", "/api/v1/auth/login", { email: `${who}@test.com`, password: PASSWORD }).then(
            (answer) => answer.data.access_token,
          );
        tokens.set(who, known);
        return known;
      };
      await use({
        url,
        call: async (who, method, path, body) =>
          (await send(method, `/api/v1${path}`, body, await tokenOf(who)))?.data,
        fake: async (name, settings) => {
          await send("PUT", `/_standins/${name}`, settings);
        },
      });
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ stack }, use) => use(stack.url),
  t: async ({ locale }, use) => {
    const language = locale?.startsWith("ko") ? "ko" : "en";
    const files = new Map<string, any>();
    await use((key, values = {}) => {
      const [namespace, ...path] = key.split(".") as [string, ...string[]];
      if (!files.has(namespace)) {
        files.set(namespace, JSON.parse(readFileSync(`src/locales/${namespace}.${language}.json`, "utf8")));
      }
      const found = path.reduce((at, name) => at?.[name], files.get(namespace));
      if (typeof found !== "string") throw new Error(`there is no text ${key} in ${language}`);
      return found.replace(/\{\{\s*(\w+)[^}]*\}\}/g, (_, name) => String(values[name] ?? ""));
    });
  },
  signIn: async ({ context, stack }, use) => {
    await use(async (who, into = context) => {
      const credentials = { email: `${who}@test.com`, password: PASSWORD };
      const answer = await into.request.post(`${stack.url}/api/v1/auth/login`, { data: credentials });
      expect(answer.status()).toBe(200);
      // What the client writes at a sign-in, so that the page restores the session.
      await into.addInitScript(() => localStorage.setItem("dibs-session", "signed-in"));
    });
  },
});

/** Checks that axe finds nothing on the page as it is now. */
export async function expectAccessible(page: Page) {
  // While a page is being loaded it has no heading yet.
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
}
