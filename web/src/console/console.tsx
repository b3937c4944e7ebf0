import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../app/client";
import { NavLink } from "../app/nav";
import { OfflineBar } from "../app/offline";
import { Preferences } from "../app/preferences";
import { hasRole, SignedIn, useSession } from "../app/session";
import { UpdateBar } from "../app/update_bar";
import { Loading, Notice } from "../ui/page";
import { Button } from "../ui/button";
import { areas } from "./areas";
import { Pages } from "./pages";

/** Renders the console for staff: navigation by area, and the page. Each role sees the pages that it may use. */
export function Console() {
  const { t } = useTranslation(["console", "common"]);
  const session = useSession();
  return (
    <>
      <a className="skip" href="#content">
        {t("common:skip")}
      </a>
      <OfflineBar />
      <UpdateBar />
      <header className="top">
        <div className="wide-frame">
          <Link href="/" className="brand">
            dibs {t("title")}
          </Link>
          <nav aria-label={t("leave")}>
            <ul>
              <li>
                <a href="/">{t("shop")}</a>
              </li>
            </ul>
          </nav>
          {session && (
            <div className="push row">
              <span>
                {session.name} <small className="muted">{session.roles.join(", ")}</small>
              </span>
              <Button small look="secondary" onClick={() => void client.signOut()}>
                {t("common:nav.signOut")}
              </Button>
            </div>
          )}
        </div>
      </header>
      <SignedIn>
        {hasRole(session, "OPERATOR", "AUDITOR") ? (
          <div className="console">
            <nav aria-label={t("areas")}>
              {areas.map(({ name, pages }) => {
                const shown = pages.filter(({ roles }) => hasRole(session, ...roles));
                return (
                  shown.length > 0 && (
                    <div key={name}>
                      <h2>{t(`area.${name}`)}</h2>
                      <ul>
                        {shown.map(({ path, page }) => (
                          <NavLink key={path} href={path} exact={path === "/"}>
                            {t(`page.${page}`)}
                          </NavLink>
                        ))}
                      </ul>
                    </div>
                  )
                );
              })}
            </nav>
            <main id="content" className="wide-frame">
              <Suspense fallback={<Loading />}>
                <Pages />
              </Suspense>
            </main>
          </div>
        ) : (
          <main id="content" className="wide-frame">
            <Notice tone="warn" title={t("forbidden.title")}>
              <p>{t("forbidden.advice")}</p>
            </Notice>
          </main>
        )}
      </SignedIn>
      <footer className="bottom">
        <div className="frame">
          <Preferences />
          <a href="/api/v1/docs">{t("common:nav.api")}</a>
        </div>
      </footer>
    </>
  );
}
