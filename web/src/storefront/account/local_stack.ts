import { useQuery } from "@tanstack/react-query";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];
export const MAILS = "/_standins/mails";

/** Returns whether the local stack serves the page. A deployment is not asked, and has no such address. */
export function useIsLocalStack(): boolean {
  const { data } = useQuery({
    queryKey: ["local-stack"],
    enabled: LOCAL_HOSTS.includes(location.hostname),
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      try {
        const answer = await fetch(MAILS, { headers: { accept: "application/json" } });
        return answer.ok && Array.isArray(await answer.json());
      } catch {
        return false;
      }
    },
  });
  return data ?? false;
}
