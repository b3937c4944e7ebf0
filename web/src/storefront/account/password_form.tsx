import { useMutation } from "@tanstack/react-query";
import { ApiError, type User } from "dibs-client";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button } from "../../ui/button";
import { Section } from "../../ui/page";
import { PasswordField } from "./password_field";
import { useSessionEnds } from "./use_session_ends";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";

/** Changes the password, which ends every session, and leads to the page to sign in. */
export function PasswordForm({ account }: { account: User }) {
  const { t } = useTranslation("account");
  const sessionEnds = useSessionEnds();
  const save = useMutation({
    mutationFn: (body: { password: string; current_password: string }) => client.patch("/auth/me", { body }),
    onSuccess: () => sessionEnds(t("changePassword.changed")),
  });
  const until = useWait(save.error);
  const errors = useCurrentPasswordErrors(save.error);
  const form = useFirstInvalid(save.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    save.mutate({ password: String(data.get("password")), current_password: String(data.get("current_password")) });
  };
  return (
    <Section title={t("changePassword.title")}>
      <form ref={form} className="narrow" noValidate onSubmit={submit}>
        <p>{t("changePassword.intro")}</p>
        <FormFailure error={formError(save.error, errors)} until={until} />
        {/* Lets password managers know the account. */}
        <input hidden type="email" autoComplete="username" value={account.email ?? ""} readOnly />
        <PasswordField
          label={t("changePassword.current")}
          name="current_password"
          autoComplete="current-password"
          error={errors.current_password}
        />
        <PasswordField
          label={t("changePassword.new")}
          name="password"
          autoComplete="new-password"
          hint={t("rules.password")}
          error={errors.password}
        />
        <Button type="submit" busy={save.isPending} disabled={until !== undefined}>
          {t("changePassword.submit")}
        </Button>
      </form>
    </Section>
  );
}

/** Returns the texts of a refused form by field, where a wrong password is an error of the present one. */
export function useCurrentPasswordErrors(error: unknown): Record<string, string> {
  const { t } = useTranslation("account");
  const errors = useFieldErrors(error);
  const isWrong = error instanceof ApiError && error.code === "INVALID_CREDENTIALS";
  return isWrong ? { ...errors, current_password: t("changePassword.wrong") } : errors;
}
