import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Notice } from "../../ui/page";
import { LocalMails } from "./local_mails";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";

type MailPath = "/auth/email/resend" | "/auth/password/forgot";

/** Returns the mutation that asks for a mail with a token. */
export const useMail = (path: MailPath) =>
  useMutation({ mutationFn: (email: string) => client.post(path, { body: { email } }) });

/** Says that a mail was sent, if there is such an account, and how long its link works. */
export function MailSent({ email, minutes }: { email: string; minutes: number }) {
  const { t } = useTranslation("account");
  const valid = minutes < 120 ? t("mail.minutes", { count: minutes }) : t("mail.hours", { count: Math.floor(minutes / 60) });
  return (
    <Notice tone="good" title={t("mail.sent")}>
      <p>{t("mail.sentTo", { email, valid })}</p>
      <LocalMails />
    </Notice>
  );
}

/** Asks for an address, and for a mail with a token to it. */
export function MailForm({ path, label }: { path: MailPath; label: string }) {
  const { t } = useTranslation("account");
  const mail = useMail(path);
  const until = useWait(mail.error);
  const errors = useFieldErrors(mail.error);
  const form = useFirstInvalid(mail.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    mail.mutate(String(new FormData(event.currentTarget).get("email")).trim());
  };
  return (
    <form ref={form} className="narrow" noValidate onSubmit={submit}>
      {mail.data && <MailSent email={mail.variables} minutes={mail.data.valid_minutes} />}
      <FormFailure error={formError(mail.error, errors)} until={until} />
      <Field label={t("email")} name="email" type="email" autoComplete="username" error={errors.email} />
      <Button type="submit" busy={mail.isPending} disabled={until !== undefined}>
        {label}
      </Button>
    </form>
  );
}
