import { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { exactTime } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { RewardName } from "../rewards/parts";
import { StatusBadge } from "./status";

type Change = Schemas["EventRequestChange"];
type Detail = Schemas["EventRequestDetail"];

/** Shows the attempts of the user and all changes of a request, with decisions that newer ones replaced. */
export function RequestHistory({ request }: { request: Detail }) {
  const { t } = useTranslation("requests");
  return (
    <>
      <Section title={t("history.attempts")}>
        <Changes caption={t("history.attempts")} changes={request.attempts} />
      </Section>
      <Section title={t("history.audit")}>
        <p className="muted">{t("history.auditAdvice")}</p>
        <Changes caption={t("history.audit")} changes={request.audit} />
        {request.audit_next_cursor && <Earlier request={request} first={request.audit_next_cursor} />}
      </Section>
    </>
  );
}

/** Shows decisions that newer ones have replaced, page by page. */
function Earlier({ request, first }: { request: Detail; first: string }) {
  const { t } = useTranslation(["requests", "common"]);
  const earlier = useInfiniteQuery({
    queryKey: ["requests", "one", request.id, "earlier", first],
    queryFn: ({ pageParam, signal }) =>
      client.get("/events/requests/{request_id}", {
        params: { path: { request_id: request.id }, query: { audit_cursor: pageParam, audit_limit: 50 } },
        signal,
      }),
    initialPageParam: first,
    getNextPageParam: (page) => page.audit_next_cursor ?? undefined,
    enabled: false,
  });
  const changes = earlier.data?.pages.flatMap(({ audit }) => audit) ?? [];
  return (
    <>
      {changes.length > 0 && (
        <>
          <h3>{t("history.earlier")}</h3>
          <Changes caption={t("history.earlier")} changes={changes} />
        </>
      )}
      <Failure error={earlier.error} retry={() => void earlier.refetch()} />
      {(!earlier.data || earlier.hasNextPage) && (
        <Button
          look="secondary"
          busy={earlier.isFetching}
          onClick={() => void (earlier.data ? earlier.fetchNextPage() : earlier.refetch())}
        >
          {earlier.data ? t("common:more") : t("history.showEarlier")}
        </Button>
      )}
    </>
  );
}

function Changes({ caption, changes }: { caption: string; changes: readonly Change[] }) {
  const { t } = useTranslation("requests");
  if (changes.length === 0) return <p className="muted">{t("history.none")}</p>;
  return (
    <Table
      caption={caption}
      rows={changes}
      id={(row) => `${row.reward_id} ${row.number} ${row.at} ${row.status} ${row.actor}`}
      columns={[
        { id: "at", heading: t("history.at"), cell: (row) => exactTime(row.at) },
        {
          id: "reward",
          heading: t("column.reward"),
          cell: (row) => (
            <>
              <RewardName id={row.reward_id} />
              {row.number > 1 && ` (${row.number})`}
            </>
          ),
        },
        { id: "status", heading: t("column.status"), cell: (row) => <StatusBadge status={row.status} /> },
        { id: "actor", heading: t("history.actor"), cell: (row) => row.actor },
        { id: "reason", heading: t("line.reason"), cell: (row) => row.reason ?? "–" },
        { id: "message", heading: t("line.message"), cell: (row) => row.message ?? "–" },
        {
          id: "times",
          heading: t("history.times"),
          numeric: true,
          cell: (row) =>
            row.first_at ? t("history.timesSince", { count: row.times, first: exactTime(row.first_at) }) : row.times,
        },
      ]}
    />
  );
}
