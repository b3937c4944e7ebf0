import { useQuery } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "./client";
import { queryClient } from "./query";

/** Interval at which the version of the API is read while it is older than this page. */
const CHECK_MS = 10_000;

/** Whether a failure may come from an API that is older than this page. */
const mayBeOlder = (error: unknown) =>
  error instanceof ApiError && (error.isUnknownRoute || error.code === "UNEXPECTED_RESPONSE");

/**
 * Says that the service is being updated while the API is older than this page, so that some parts of it do not work.
 * The version is read after a failure that fits this, and then until the API is up to date; what failed is read again.
 */
export function UpdateBar() {
  const { t } = useTranslation("common");
  const [suspected, setSuspected] = useState(false);
  useEffect(() => {
    const stops = [queryClient.getQueryCache(), queryClient.getMutationCache()].map((cache) =>
      cache.subscribe((event) => {
        if (event.type === "updated" && event.action.type === "error" && mayBeOlder(event.action.error)) setSuspected(true);
      }),
    );
    return () => stops.forEach((stop) => stop());
  }, []);
  const version = useQuery({
    queryKey: ["apiVersion"],
    queryFn: ({ signal }) => client.apiVersion(signal),
    enabled: suspected,
    refetchInterval: CHECK_MS,
    // A failure that has another cause reads the version once in this time, however often it repeats.
    staleTime: CHECK_MS,
  });
  const isOlder = suspected && version.data?.isOlder === true;
  const isCurrent = suspected && version.data?.isOlder === false;
  const wasOlder = useRef(false);
  useEffect(() => {
    if (isOlder) wasOlder.current = true;
    if (!isCurrent) return;
    setSuspected(false);
    if (wasOlder.current) void queryClient.refetchQueries({ predicate: ({ state }) => mayBeOlder(state.error) });
    wasOlder.current = false;
  }, [isOlder, isCurrent]);
  return (
    <div role="status" className={isOlder ? "offline" : "hidden"}>
      {isOlder ? t("updateBar") : ""}
    </div>
  );
}
