import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime, exactTime } from "../../app/format";
import { isMissing } from "../../app/query";
import { hasRole, useAccount } from "../../app/session";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Empty, Fact, Facts, Loading, Notice, Page, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { EventName, RewardName, useContent } from "../rewards/parts";
import { RequestDecision } from "./request_decision";
import { RequestHistory } from "./request_history";
import { RequestLine } from "./request_line";
import { isUnderWay, StatusBadge } from "./status";
import "./requests.css";

/** Milliseconds between two readings of a request: while it changes by itself, and otherwise. */
const SOON_MS = 1_500;
const REFRESH_MS = 8_000;

/** Shows a request with everything that happened to it, and decides about its lines. */
export default function Request({ id }: { id: string }) {
  const { t } = useTranslation("requests");
  const account = useAccount();
  const content = useContent();
  const request = useQuery({
    queryKey: ["requests", "one", id],
    queryFn: ({ signal }) =>
      client.get("/events/requests/{request_id}", { params: { path: { request_id: id } }, signal }),
    refetchInterval: ({ state }) => (state.data?.lines.some(isUnderWay) ? SOON_MS : REFRESH_MS),
  });
  const found = request.data;
  if (isMissing(request.error))
    return (
      <Page title={t("request.missing")}>
        <p>{t("request.missingAdvice", { id })}</p>
        <LinkButton href="/requests">{t("request.toInbox")}</LinkButton>
      </Page>
    );
  const isOwn = found !== undefined && String(found.user_id) === String(account.id);
  return (
    <Page
      title={t("request.title", { user: found?.user_id ?? id })}
      actions={
        <LinkButton look="secondary" href="/requests">
          {t("request.toInbox")}
        </LinkButton>
      }
    >
      <Failure error={request.error} retry={() => void request.refetch()} />
      {!found && !request.error && <Loading lines={14} />}
      {found && (
        <>
          <Facts>
            <Fact name={t("column.status")}>
              <span role="status">
                <StatusBadge status={found.status} />
              </span>{" "}
              {found.fully_granted && t("request.fullyGranted")}
            </Fact>
            <Fact name={t("request.user")}>
              <Link href={`/users/${found.user_id}`}>{found.user_id}</Link>
            </Fact>
            <Fact name={t("column.event")}>
              <Link href={`/events/${found.event_id}`}>
                <EventName id={found.event_id} />
              </Link>
            </Fact>
            <Fact name={t("column.created")}>{dateTime(found.created_at)}</Fact>
            <Fact name={t("request.updated")}>{exactTime(found.updated_at)}</Fact>
            <Fact name={t("request.version")}>
              <span className="number">{found.version}</span>
            </Fact>
            <Fact name={t("request.id")}>
              <code>{found.id}</code>
            </Fact>
          </Facts>
          {isOwn && (
            <Notice tone="warn">
              <p>{t("request.own")}</p>
            </Notice>
          )}
          {hasRole(account, "OPERATOR") && !isOwn && <RequestDecision request={found} />}
          <Section title={t("request.lines")}>
            {found.lines.map((line) => (
              <RequestLine key={`${line.reward_id} ${line.number}`} line={line} />
            ))}
          </Section>
          <Section title={t("request.grants")}>
            {found.grants.length === 0 ? (
              <Empty title={t("request.noGrants")} />
            ) : (
              <Table
                caption={t("request.grants")}
                rows={found.grants}
                id={(grant) => grant.grant_id}
                columns={[
                  { id: "reward", heading: t("column.reward"), cell: (grant) => <RewardName id={grant.reward_id} /> },
                  { id: "number", heading: t("column.number"), numeric: true, cell: (grant) => grant.number },
                  {
                    id: "gives",
                    heading: t("column.gives"),
                    cell: (grant) =>
                      grant.code_ending
                        ? t("line.code", { ending: grant.code_ending })
                        : content({
                            ...grant,
                            type:
                              found.lines.find(
                                (line) => line.reward_id === grant.reward_id && line.number === grant.number,
                              )?.type ?? "ITEM",
                          }),
                  },
                  {
                    id: "at",
                    heading: t("column.granted"),
                    cell: (grant) => (grant.granted_at ? exactTime(grant.granted_at) : "–"),
                  },
                  { id: "id", heading: t("column.grantId"), cell: (grant) => <code>{grant.grant_id}</code> },
                ]}
              />
            )}
          </Section>
          <RequestHistory request={found} />
        </>
      )}
    </Page>
  );
}
