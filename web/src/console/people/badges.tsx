import type { Schemas, User } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/page";

export type Role = User["roles"][number];
export type AccountStatus = Schemas["User"]["status"];

export const ROLES: readonly Role[] = ["USER", "OPERATOR", "AUDITOR", "ADMIN"];

const TONES = { active: "good", inactive: "warn", banned: "bad", closed: "neutral" } as const;

/** Renders the status of an account. */
export function AccountBadge({ status }: { status: AccountStatus }) {
  const { t } = useTranslation("people");
  return <Badge tone={TONES[status]}>{t(`status.${status}`)}</Badge>;
}

/** Returns a function that names roles, such as "User, Operator". */
export function useRoleNames(): (roles: readonly Role[]) => string {
  const { t } = useTranslation("people");
  return (roles) =>
    ROLES.filter((role) => roles.includes(role))
      .map((role) => t(`role.${role}`))
      .join(", ");
}
