import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button, LinkButton } from "../../ui/button";
import { Notice, Page } from "../../ui/page";
import { useMailToken } from "./mail_token";
import { PasswordField } from "./password_field";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";
import "./account.css";

/** Sets a new password with the token of a mail. */
export default function ResetPassword() {
  const { t } = useTranslation("account");
  const token = useMailToken();
  const reset = useMutation({
    mutationFn: async (body: { token: string; password: string }) => {
      await client.post("/auth/password/reset", { body });
      // Every session of the account is over, also that of this browser if it is the same account.
      if (client.user) await client.refresh().catch(() => null);
    },
  });
  const until = useWait(reset.error);
  const errors = useFieldErrors(reset.error);
  const form = useFirstInvalid(reset.error);
  const failure = formError(reset.error, errors);

  if (reset.isSuccess) {
    return (
      <Page title={t("reset.title")}>
        <Notice tone="good" title={t("reset.done")}>
          <p>{t("reset.doneNext")}</p>
        </Notice>
        <LinkButton href="/sign-in">{t("signIn.submit")}</LinkButton>
      </Page>
    );
  }
  if (!token) {
    return (
      <Page title={t("reset.title")}>
        <Notice tone="warn">{t("mail.noToken")}</Notice>
        <LinkButton href="/forgot-password">{t("reset.again")}</LinkButton>
      </Page>
    );
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    reset.mutate({ token, password: String(new FormData(event.currentTarget).get("password")) });
  };
  return (
    <Page title={t("reset.title")}>
      <form ref={form} className="narrow" noValidate onSubmit={submit}>
        <p>{t("reset.intro")}</p>
        <FormFailure error={failure} until={until} />
        <PasswordField
          label={t("reset.password")}
          name="password"
          autoComplete="new-password"
          hint={t("rules.password")}
          error={errors.password}
        />
        <div className="actions">
          <Button type="submit" busy={reset.isPending} disabled={until !== undefined}>
            {t("reset.submit")}
          </Button>
          {failure != null && (
            <LinkButton look="secondary" href="/forgot-password">
              {t("reset.again")}
            </LinkButton>
          )}
        </div>
      </form>
    </Page>
  );
}
