import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Redirect, Route, Switch } from "wouter";
import { client } from "../../app/client";
import { NavLink } from "../../app/nav";
import { Failure } from "../../ui/error";
import { Loading, Page } from "../../ui/page";
import { CloseAccount } from "./close_account";
import { Preferences } from "./notification_preferences";
import { Profile } from "./profile";
import { Security } from "./security";
import { SignOut } from "./sign_out";
import { ACCOUNT } from "./use_account_changes";
import "./account.css";

/** Shows and changes the own account, in parts with addresses of their own. */
export default function Account() {
  const { t } = useTranslation("account");
  // The session knows the account as of the sign-in or the newest refresh, which may be old.
  const account = useQuery({ queryKey: ACCOUNT, queryFn: ({ signal }) => client.get("/auth/me", { signal }) });
  return (
    <Page title={t("account.title")} actions={<SignOut />}>
      <nav className="tabs" aria-label={t("account.title")}>
        <ul>
          <NavLink href="/account" exact>
            {t("account.profile")}
          </NavLink>
          <NavLink href="/account/security">{t("account.security")}</NavLink>
          <NavLink href="/account/notifications">{t("account.notifications")}</NavLink>
          <NavLink href="/account/close">{t("account.close")}</NavLink>
        </ul>
      </nav>
      <Failure error={account.error} retry={() => void account.refetch()} />
      {account.data ? (
        <Switch>
          <Route path="/account">
            <Profile account={account.data} />
          </Route>
          <Route path="/account/security">
            <Security account={account.data} />
          </Route>
          <Route path="/account/notifications">
            <Preferences />
          </Route>
          <Route path="/account/close">
            <CloseAccount />
          </Route>
          <Route>
            <Redirect to="/account" replace />
          </Route>
        </Switch>
      ) : (
        !account.error && <Loading lines={8} />
      )}
    </Page>
  );
}
