import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { useAccount } from "../../app/session";
import { ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { AccountBadge } from "./badges";

type Status = Schemas["UserStatusUpdate"]["status"];
const STATUSES: readonly Status[] = ["active", "inactive", "banned"];

/** Activates, deactivates or bans an account, and says before what that does. */
export function UserStatus({ user }: { user: Schemas["UserDetail"] }) {
  const { t } = useTranslation("people");
  const toast = useToast();
  const cache = useQueryClient();
  const isOwn = String(useAccount().id) === String(user.id);
  const change = useMutation({
    mutationFn: (status: Status) =>
      client.put("/auth/users/{id}/status", { params: { path: { id: String(user.id) } }, body: { status } }),
    onSuccess: (_, status) => toast(t(`statusChange.done.${status}`)),
    onSettled: () => cache.invalidateQueries({ queryKey: ["users"] }),
  });
  return (
    <Section title={t("account.status")}>
      <p>
        <AccountBadge status={user.status} /> {t(`statusChange.means.${user.status}`)}
      </p>
      {isOwn ? (
        <p className="muted">{t("statusChange.own")}</p>
      ) : (
        <div className="actions">
          {STATUSES.filter((status) => status !== user.status).map((status) => (
            <ConfirmButton
              key={status}
              look={status === "active" ? "primary" : status === "banned" ? "danger" : "secondary"}
              busy={change.isPending && change.variables === status}
              disabled={change.isPending}
              question={t(`statusChange.question.${status}`)}
              onConfirm={() => change.mutate(status)}
            >
              {t(`statusChange.action.${status}`)}
            </ConfirmButton>
          ))}
        </div>
      )}
      <Failure error={change.error} />
    </Section>
  );
}
