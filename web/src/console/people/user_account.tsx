import { useInfiniteQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { dateTime, exactTime } from "../../app/format";
import { isMissing } from "../../app/query";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Badge, Fact, Facts, Loading, Notice, Section } from "../../ui/page";
import { Table } from "../../ui/table";
import { AccountBadge, useRoleNames } from "./badges";
import { UserRoles } from "./user_roles";
import { UserStatus } from "./user_status";

type Detail = Schemas["UserDetail"];

/** Shows the account of a user to administrators: its data, roles, status and history. */
export function UserAccount({ id }: { id: string }) {
  const { t } = useTranslation(["people", "common"]);
  const found = useInfiniteQuery({
    queryKey: ["users", id],
    queryFn: ({ pageParam, signal }) =>
      client.get("/auth/users/{id}", { params: { path: { id }, query: { audit_before: pageParam } }, signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.audit_next ?? undefined,
  });
  const user = found.data?.pages[0];
  if (!user) {
    if (isMissing(found.error))
      return (
        <Notice tone="warn" title={t("user.missing")}>
          <p>
            {t("user.missingAdvice")} <Link href="/users">{t("user.toSearch")}</Link>
          </p>
        </Notice>
      );
    return found.error ? <Failure error={found.error} retry={() => void found.refetch()} /> : <Loading lines={12} />;
  }
  return (
    <>
      <AccountFacts user={user} />
      {user.status !== "closed" && (
        <div className="columns">
          {/* A form that begins with other roles is another form. */}
          <UserRoles key={user.roles.join()} user={user} />
          <UserStatus user={user} />
        </div>
      )}
      <Section title={t("history.title")}>
        <History changes={found.data?.pages.flatMap(({ audit }) => audit) ?? []} />
        {found.hasNextPage && (
          <Button look="secondary" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t("common:more")}
          </Button>
        )}
      </Section>
    </>
  );
}

function AccountFacts({ user }: { user: Detail }) {
  const { t } = useTranslation("people");
  const names = useRoleNames();
  return (
    <Section title={t("account.title")}>
      <Facts>
        <Fact name={t("account.name")}>{user.name ?? "–"}</Fact>
        <Fact name={t("account.email")}>
          {user.email ?? "–"} {user.email && !user.email_confirmed && <Badge tone="warn">{t("account.unconfirmed")}</Badge>}
        </Fact>
        <Fact name={t("account.status")}>
          <AccountBadge status={user.status} />
        </Fact>
        <Fact name={t("account.roles")}>{names(user.roles)}</Fact>
        <Fact name={t("account.phone")}>{user.phone ?? "–"}</Fact>
        <Fact name={t("account.totp")}>{t(user.totp_enabled ? "account.totpOn" : "account.totpOff")}</Fact>
        <Fact name={t("account.created")}>{dateTime(user.created_at)}</Fact>
        <Fact name={t("account.lastSignIn")}>{user.last_login_at ? dateTime(user.last_login_at) : t("account.never")}</Fact>
        <Fact name={t("account.inviteCode")}>{user.invite_code ? <code>{user.invite_code}</code> : "–"}</Fact>
        <Fact name={t("account.id")}>
          <code>{String(user.id)}</code>
        </Fact>
      </Facts>
      {user.status === "closed" && <p className="muted">{t("account.closedAdvice")}</p>}
    </Section>
  );
}

function History({ changes }: { changes: readonly Schemas["UserAudit"][] }) {
  const { t } = useTranslation("people");
  const names = useRoleNames();
  const state = (of: Schemas["UserAudit"]["after"] | null | undefined) => (of ? `${names(of.roles)} · ${t(`status.${of.status}`)}` : "–");
  if (changes.length === 0) return <p className="muted">{t("history.none")}</p>;
  return (
    <Table
      caption={t("history.title")}
      rows={changes}
      id={(row) => String(row.version)}
      columns={[
        { id: "at", heading: t("history.at"), cell: (row) => exactTime(row.at) },
        { id: "change", heading: t("history.change"), cell: (row) => t(`history.kind.${row.change}`) },
        { id: "before", heading: t("history.before"), cell: (row) => state(row.before) },
        { id: "after", heading: t("history.after"), cell: (row) => state(row.after) },
        {
          id: "actor",
          heading: t("history.actor"),
          cell: (row) => <Link href={`/users/${encodeURIComponent(row.actor)}`}>{String(row.actor)}</Link>,
        },
        { id: "reason", heading: t("history.reason"), cell: (row) => row.reason ?? "–" },
      ]}
    />
  );
}
