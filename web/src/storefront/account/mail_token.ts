import { useSyncExternalStore } from "react";

let held: { path: string; token: string } | undefined;

/**
 * Returns the token of the link in a mail, and removes it from the address bar, so that it gets neither into the history
 * of the browser nor onto a screenshot. It is kept for this page only, since React may render the page several times.
 */
function take(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    held = { path: location.pathname, token };
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return held?.path === location.pathname ? held.token : undefined;
}

function subscribe(changed: () => void) {
  // Another link that is pasted into the same tab changes the fragment only.
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

/** Returns the token of the link in the mail that led to this page. */
export const useMailToken = () => useSyncExternalStore(subscribe, take);
