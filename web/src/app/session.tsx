import type { User } from "dibs-client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { useLocation, useRouter } from "wouter";
import { Loading } from "../ui/page";
import { client } from "./client";

/** Who is signed in: `undefined` while the page finds out, `null` for nobody. */
type Session = User | null | undefined;

const Context = createContext<Session>(undefined);

/** Provides who is signed in. Follows sign-ins and sign-outs of other tabs. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session>(client.user ?? undefined);
  useEffect(() => {
    const stop = client.onUser(setSession);
    // Without an answer the reader counts as signed out; the page to sign in says what is wrong.
    client.restore().then(setSession, () => setSession(null));
    return stop;
  }, []);
  return <Context value={session}>{children}</Context>;
}

/** Returns who is signed in: `undefined` while the page finds out, `null` for nobody. */
export const useSession = () => useContext(Context);

/** Returns the account that is signed in. Only for pages behind `SignedIn`. */
export function useAccount(): User {
  const session = useSession();
  if (!session) throw new Error("this page needs SignedIn around it");
  return session;
}

/**
 * Renders its children for whoever is signed in, and leads others to the page to sign in, which returns here. That page
 * belongs to the storefront, so the console leaves for it.
 */
export function SignedIn({ children }: { children: ReactNode }) {
  const session = useSession();
  const { base } = useRouter();
  const [, navigate] = useLocation();
  useEffect(() => {
    if (session !== null) return;
    const signIn = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    if (base === "") navigate(signIn, { replace: true });
    else location.replace(signIn);
  }, [session, base, navigate]);
  if (!session) return <Loading />;
  return children;
}

/** Returns whether an account has one of the roles, or is an administrator, who may do everything. */
export const hasRole = (account: User | null | undefined, ...roles: User["roles"]) =>
  account?.roles.some((role) => role === "ADMIN" || roles.includes(role)) ?? false;
