import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { NavLink } from "../app/nav";
import { OfflineBar } from "../app/offline";
import { Preferences } from "../app/preferences";
import { hasRole, useSession } from "../app/session";
import { UpdateBar } from "../app/update_bar";
import { Loading } from "../ui/page";
import { Pages } from "./pages";

/** Renders the storefront: navigation, page and footer. */
export function Storefront() {
  const { t } = useTranslation("common");
  const session = useSession();
  return (
    <>
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <OfflineBar />
      <UpdateBar />
      <header className="top">
        <div className="frame">
          <Link href="/" className="brand">
            dibs
          </Link>
          <nav aria-label={t("nav.shop")}>
            <ul>
              <NavLink href="/deals">{t("nav.deals")}</NavLink>
              <NavLink href="/concerts">{t("nav.concerts")}</NavLink>
              <NavLink href="/events">{t("nav.events")}</NavLink>
            </ul>
          </nav>
          <nav className="push" aria-label={t("nav.mine")}>
            <ul>
              {session && (
                <>
                  <NavLink href="/orders">{t("nav.orders")}</NavLink>
                  <NavLink href="/reservations">{t("nav.reservations")}</NavLink>
                  <NavLink href="/inventory">{t("nav.inventory")}</NavLink>
                  <NavLink href="/balance">{t("nav.balance")}</NavLink>
                  <NavLink href="/account">{session.name}</NavLink>
                </>
              )}
              {session === null && (
                <>
                  <NavLink href="/sign-in">{t("nav.signIn")}</NavLink>
                  <NavLink href="/sign-up">{t("nav.signUp")}</NavLink>
                </>
              )}
              {hasRole(session, "OPERATOR", "AUDITOR") && (
                <li>
                  <a href="/console">{t("nav.console")}</a>
                </li>
              )}
            </ul>
          </nav>
        </div>
      </header>
      <main id="content" className="frame">
        <Suspense fallback={<Loading />}>
          <Pages />
        </Suspense>
      </main>
      <footer className="bottom">
        <div className="frame">
          <Preferences />
          <a href="/api/v1/docs">{t("nav.api")}</a>
        </div>
      </footer>
    </>
  );
}
