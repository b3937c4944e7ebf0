import { useTranslation } from "react-i18next";
import { hasRole, useAccount } from "../../app/session";
import { Badge, Notice, Page } from "../../ui/page";
import { UserAccount } from "./user_account";
import { UserAuditEntries } from "./user_audit";
import { UserEvaluation } from "./user_evaluation";
import { UserOrders, UserPayments, UserRequests } from "./user_lists";
import "./people.css";

/** Shows what staff may see of one user: account, requests, orders, payments, audit entries. */
export default function User({ id }: { id: string }) {
  const { t } = useTranslation("people");
  const account = useAccount();
  return (
    <Page
      title={t("user.title", { id })}
      heading={
        <span className="row">
          {t("user.title", { id })} {String(account.id) === id && <Badge tone="info">{t("user.own")}</Badge>}
        </span>
      }
    >
      {hasRole(account) ? <UserAccount key={id} id={id} /> : <Notice>{t("user.noAccount")}</Notice>}
      <UserRequests id={id} />
      <UserOrders id={id} />
      {hasRole(account, "AUDITOR") && <UserPayments id={id} />}
      {hasRole(account, "OPERATOR") && <UserEvaluation key={`evaluation ${id}`} id={id} />}
      {hasRole(account, "AUDITOR") && <UserAuditEntries key={`audit ${id}`} id={id} />}
    </Page>
  );
}
