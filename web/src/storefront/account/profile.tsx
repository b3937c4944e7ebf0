import { useMutation } from "@tanstack/react-query";
import type { Schemas, User } from "dibs-client";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { Badge, Fact, Facts, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { CopyButton } from "../../ui/copy_button";
import { MailSent, useMail } from "./mail_form";
import { useAccountChanges } from "./use_account_changes";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";

/** Shows the own account, and changes name and phone number. */
export function Profile({ account }: { account: User }) {
  const { t } = useTranslation("account");
  return (
    <>
      <Facts>
        <Fact name={t("email")}>
          {account.email}{" "}
          <Badge tone={account.email_confirmed ? "good" : "warn"}>
            {t(account.email_confirmed ? "profile.confirmed" : "profile.unconfirmed")}
          </Badge>
        </Fact>
        <Fact name={t("profile.since")}>{dateTime(account.created_at)}</Fact>
        <Fact name={t("profile.roles")}>
          <span className="row">
            {account.roles.map((role) => (
              <Badge key={role}>{t(`roles.${role}`)}</Badge>
            ))}
          </span>
        </Fact>
      </Facts>
      {!account.email_confirmed && account.email && <Unconfirmed email={account.email} />}
      <PersonForm account={account} />
      {account.invite_code && <Invite code={account.invite_code} />}
    </>
  );
}

/** Asks for another mail that confirms the address. */
function Unconfirmed({ email }: { email: string }) {
  const { t } = useTranslation("account");
  const mail = useMail("/auth/email/resend");
  const until = useWait(mail.error);
  return (
    <Section title={t("profile.confirmTitle")}>
      <p>{t("registered.why")}</p>
      {mail.data && <MailSent email={email} minutes={mail.data.valid_minutes} />}
      <FormFailure error={mail.error} until={until} />
      <Button look="secondary" busy={mail.isPending} disabled={until !== undefined} onClick={() => mail.mutate(email)}>
        {t("mail.send")}
      </Button>
    </Section>
  );
}

function PersonForm({ account }: { account: User }) {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const toast = useToast();
  const changed = useAccountChanges();
  const save = useMutation({
    mutationFn: (body: Schemas["AccountUpdate"]) => client.patch("/auth/me", { body, repeatable: true }),
    onSuccess: (account) => {
      changed(account);
      toast(t("profile.saved"));
    },
  });
  const errors = useFieldErrors(save.error);
  const form = useFirstInvalid(save.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name)).trim();
    save.mutate({ name: text("name"), phone: text("phone") || null });
  };
  return (
    <Section title={t("profile.person")}>
      <form ref={form} className="narrow" noValidate onSubmit={submit}>
        <Failure error={formError(save.error, errors)} />
        <Field
          label={t("name")}
          name="name"
          autoComplete="name"
          defaultValue={account.name ?? ""}
          error={errors.name}
        />
        <Field
          label={t("phoneOptional")}
          name="phone"
          type="tel"
          autoComplete="tel-national"
          hint={t("phoneHint")}
          defaultValue={account.phone ?? ""}
          error={errors.phone}
        />
        <Button type="submit" busy={save.isPending}>
          {common("save")}
        </Button>
      </form>
    </Section>
  );
}

/** Shows the link with which friends register, so that the invitation counts. */
function Invite({ code }: { code: string }) {
  const { t } = useTranslation("account");
  const link = `${location.origin}/sign-up?invite=${code}`;
  return (
    <Section title={t("invite.title")}>
      <p>{t("invite.intro")}</p>
      <p className="row">
        <code className="copied-text">{link}</code>
        <CopyButton text={link} label={t("invite.copy")} />
      </p>
    </Section>
  );
}
