import type { User } from "dibs-client";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../ui/button";
import { Page } from "../../ui/page";
import { LocalMails } from "./local_mails";

/** Says after a registration that a mail asks to confirm the address, and leads on. */
export function Registered({ user, next, signedIn }: { user: User; next: string | undefined; signedIn: boolean }) {
  const { t } = useTranslation("account");
  const to = next ?? "/";
  return (
    <Page title={t("registered.title")}>
      <div className="narrow">
        <p role="status">{t("registered.mail", { email: user.email })}</p>
        <p>{t("registered.why")}</p>
        <LocalMails />
        {signedIn ? (
          <LinkButton href={to}>{t(next ? "registered.goOn" : "registered.home")}</LinkButton>
        ) : (
          <LinkButton href={`/sign-in?next=${encodeURIComponent(to)}`}>{t("signIn.submit")}</LinkButton>
        )}
      </div>
    </Page>
  );
}
