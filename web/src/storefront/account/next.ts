/**
 * Returns the path of this host to which a sign-in returns, from the parameter `next` of the address. A text that leads
 * to another host, such as `//evil.example`, counts as absent, and so does the page to sign in itself.
 */
export function safeNext(next: string | null, origin: string): string | undefined {
  if (!next?.startsWith("/")) return undefined;
  let url: URL;
  try {
    // Browsers read "/\evil.example" and "/<tab>/evil.example" as another host, and so does URL.
    url = new URL(next, origin);
  } catch {
    return undefined;
  }
  // "/.//evil.example" is of this host, but its path alone names another one.
  if (url.origin !== origin || url.pathname.startsWith("//")) return undefined;
  if (url.pathname === "/sign-in" || url.pathname === "/sign-up") return undefined;
  return url.pathname + url.search + url.hash;
}

/** Returns whether a path belongs to the console, which is an application of its own. */
export const isConsole = (path: string) => /^\/console(?:[/?#]|$)/.test(path);
