import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Page } from "../../ui/page";
import { MailForm } from "./mail_form";

/** Asks for a mail with which a new password can be chosen. */
export default function ForgotPassword() {
  const { t } = useTranslation("account");
  return (
    <Page title={t("forgot.title")}>
      <p className="narrow">{t("forgot.intro")}</p>
      <MailForm path="/auth/password/forgot" label={t("mail.send")} />
      <p className="account-links">
        <Link href="/sign-in">{t("forgot.back")}</Link>
      </p>
    </Page>
  );
}
