import { useMutation } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { useSession } from "../../app/session";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Notice, Page, Section } from "../../ui/page";
import { MailForm } from "./mail_form";
import { useMailToken } from "./mail_token";

/**
 * Confirms an e-mail address with the token of a mail. It waits for a press of a button, since programs that check mails
 * open links, too, and the token works once.
 */
export default function ConfirmEmail() {
  const { t } = useTranslation("account");
  const token = useMailToken();
  const session = useSession();
  const confirm = useMutation({
    mutationFn: async (token: string) => {
      await client.post("/auth/email/confirm", { body: { token } });
      // The access token says whether the address is confirmed, so the session needs a new one.
      if (client.user) await client.refresh().catch(() => null);
    },
  });
  const isUsed = confirm.error instanceof ApiError && confirm.error.code === "EMAIL_TOKEN_USED";

  if (confirm.isSuccess || isUsed) {
    return (
      <Page title={t("confirm.title")}>
        <Notice tone={isUsed ? "info" : "good"} title={t(isUsed ? "confirm.used" : "confirm.done")}>
          <p>{t(isUsed ? "confirm.usedNext" : "confirm.doneNext")}</p>
        </Notice>
        {session ? (
          <LinkButton href="/">{t("registered.home")}</LinkButton>
        ) : (
          <LinkButton href="/sign-in">{t("signIn.submit")}</LinkButton>
        )}
      </Page>
    );
  }
  return (
    <Page title={t("confirm.title")}>
      {token && !confirm.error ? (
        <>
          <p>{t("confirm.intro")}</p>
          <Button busy={confirm.isPending} onClick={() => confirm.mutate(token)}>
            {t("confirm.submit")}
          </Button>
        </>
      ) : (
        <>
          {confirm.error ? (
            <Failure error={confirm.error} retry={token ? () => confirm.mutate(token) : undefined} />
          ) : (
            <Notice tone="warn">{t("mail.noToken")}</Notice>
          )}
          <Section title={t("confirm.again")}>
            <MailForm path="/auth/email/resend" label={t("mail.send")} />
          </Section>
        </>
      )}
    </Page>
  );
}
