import { useQueryClient } from "@tanstack/react-query";
import type { User } from "dibs-client";
import { client } from "../../app/client";

/** Key of the own account among the queries. */
export const ACCOUNT = ["account"] as const;

/** Returns a function that shows a changed account everywhere: on this page, and in the session of all tabs. */
export function useAccountChanges(): (changed: User) => void {
  const queries = useQueryClient();
  return (changed) => {
    queries.setQueryData(ACCOUNT, changed);
    client.refresh().catch(() => {
      // The name in the navigation stays the old one until the next refresh.
    });
  };
}
