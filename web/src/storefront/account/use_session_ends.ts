import { useLocation } from "wouter";
import { client } from "../../app/client";
import { queryClient } from "../../app/query";
import { useToast } from "../../ui/toast";

/**
 * Returns a function for changes that end every session of the account: it says what was done and forgets the session.
 * Pages for signed-in users then lead to the page to sign in, which returns here; `home` leads to the start page instead.
 */
export function useSessionEnds(): (text: string, home?: "home") => void {
  const [, navigate] = useLocation();
  const toast = useToast();
  return (text, home) => {
    toast(text);
    if (home) navigate("/", { replace: true });
    // The service has ended the session already, so its answer to the sign-out does not matter.
    void client
      .signOut()
      .catch(() => {})
      .finally(() => queryClient.clear());
  };
}
