import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { count } from "../../../app/format";
import { Button } from "../../../ui/button";
import { useToast } from "../../../ui/toast";

const ADDRESS = "/_standins/crowd";
const RUNNING_MS = 2_000;

interface Crowd {
  running: boolean;
  clients?: number;
  /** Users of the crowd who are done. */
  finished?: number;
  done?: { claims: number; seats: number; orders: number };
}

/** Reads the crowd of a local demo stack. Any other stack has none, and may answer with a page of its own. */
async function readCrowd(signal?: AbortSignal): Promise<Crowd | null> {
  const response = await fetch(ADDRESS, { headers: { accept: "application/json" }, ...(signal && { signal }) });
  if (!response.ok || !response.headers.get("content-type")?.includes("json")) return null;
  const found: unknown = await response.json();
  return typeof found === "object" && found !== null && "running" in found ? (found as Crowd) : null;
}

/** Lets a small crowd of simulated users order, reserve and claim. Shows nothing where there is no demo stack. */
export function CrowdButton() {
  const { t } = useTranslation("dashboards");
  const toast = useToast();
  const queries = useQueryClient();
  const crowd = useQuery({
    queryKey: ["crowd"],
    queryFn: ({ signal }) => readCrowd(signal),
    refetchInterval: ({ state }) => (state.data?.running ? RUNNING_MS : false),
  });
  const start = useMutation({
    mutationFn: async () => {
      const response = await fetch(ADDRESS, { method: "POST" });
      // 409: somebody else has started one.
      if (!response.ok && response.status !== 409) throw new Error(`status ${response.status}`);
    },
    onSuccess: () => toast(t("crowd.started")),
    onError: () => toast(t("crowd.failed"), "bad"),
    onSettled: () => queries.invalidateQueries({ queryKey: ["crowd"] }),
  });
  if (!crowd.data) return null;
  const { running, done, clients = 0, finished = 0 } = crowd.data;
  return (
    <section className="crowd" aria-label={t("crowd.title")}>
      <p>
        {running ? t("crowd.running", { clients: count(clients) }) : t("crowd.advice")}{" "}
        {running && <progress value={finished} max={clients} aria-label={t("crowd.progress")} />}
        {done && (
          <>
            <br />
            <span className="number">
              {t("crowd.done", { orders: count(done.orders), seats: count(done.seats), claims: count(done.claims) })}
            </span>
          </>
        )}
      </p>
      <Button look="secondary" busy={running || start.isPending} onClick={() => start.mutate()}>
        {t("crowd.start")}
      </Button>
    </section>
  );
}
