import type { User } from "dibs-client";
import { useCallback } from "react";
import { useLocation, useSearch } from "wouter";
import { hasRole } from "../../app/session";
import { isConsole, safeNext } from "./next";

/** Returns the path to return to after the sign-in, if the address names one. */
export function useNext(): string | undefined {
  return safeNext(new URLSearchParams(useSearch()).get("next"), location.origin);
}

/** Returns a function that leaves for `next`, or for where the user most likely wants to go. */
export function useLeave(next: string | undefined): (user: User) => void {
  const [, navigate] = useLocation();
  return useCallback(
    (user) => {
      const target = next ?? (hasRole(user, "OPERATOR", "AUDITOR") ? "/console" : "/");
      if (isConsole(target)) location.assign(target);
      else navigate(target, { replace: true });
    },
    [next, navigate],
  );
}
