import { useMutation } from "@tanstack/react-query";
import { newKey, type Schemas, type User } from "dibs-client";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearch } from "wouter";
import { client } from "../../app/client";
import { language } from "../../app/i18n";
import { useSession } from "../../app/session";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Page } from "../../ui/page";
import { useLeave, useNext } from "./leave";
import { PasswordField } from "./password_field";
import { Registered } from "./registered";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";
import "./account.css";

/** Lets mails come in the language of the page, with times in the reader's time zone. */
function preferPageLanguage() {
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  client.put("/users/me/notifications", { body: { locale: language(), time_zone } }).catch(() => {
    // They stay in the default language; the account has a setting for it.
  });
}

/** Registers an account, signs it in, and says that a mail asks to confirm the address. */
export default function SignUp() {
  const { t } = useTranslation("account");
  const search = useSearch();
  const invite = new URLSearchParams(search).get("invite") ?? "";
  const next = useNext();
  const leave = useLeave(next);
  const session = useSession();
  // The same entries have the same key, so that they can be sent again after a lost answer. Not kept in the browser's
  // storage, since the entries name a person.
  const intent = useRef({ entries: "", key: "" });
  const [registered, setRegistered] = useState<User>();
  const started = useRef(false);

  const register = useMutation({
    mutationFn: async (body: Schemas["AccountCreate"]) => {
      started.current = true;
      const entries = JSON.stringify(body);
      if (intent.current.entries !== entries) intent.current = { entries, key: newKey() };
      const user = await client.post("/auth/register", { body, idempotencyKey: intent.current.key });
      // The account exists, whatever becomes of the rest, which the user can repeat.
      await client.signIn({ email: body.email, password: body.password }).then(preferPageLanguage, () => {});
      return user;
    },
    onSuccess: setRegistered,
  });
  const until = useWait(register.error);
  const errors = useFieldErrors(register.error);
  const form = useFirstInvalid(register.error);

  useEffect(() => {
    if (session && !started.current) leave(session);
  }, [session, leave]);

  if (registered) return <Registered user={registered} next={next} signedIn={session != null} />;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    register.mutate({
      email: text("email"),
      password: String(data.get("password")),
      name: text("name"),
      ...(text("phone") && { phone: text("phone") }),
      ...(text("invite_code") && { invite_code: text("invite_code") }),
    });
  };
  return (
    <Page title={t("signUp.title")}>
      <form ref={form} className="narrow" noValidate onSubmit={submit}>
        <FormFailure error={formError(register.error, errors)} until={until} />
        <Field
          label={t("email")}
          name="email"
          type="email"
          autoComplete="username"
          hint={t("signUp.emailHint")}
          error={errors.email}
        />
        <PasswordField
          label={t("password")}
          name="password"
          autoComplete="new-password"
          hint={t("rules.password")}
          error={errors.password}
        />
        <Field label={t("name")} name="name" autoComplete="name" error={errors.name} />
        <Field
          label={t("phoneOptional")}
          name="phone"
          type="tel"
          autoComplete="tel-national"
          hint={t("phoneHint")}
          error={errors.phone}
        />
        <Field
          label={t("inviteOptional")}
          name="invite_code"
          defaultValue={invite}
          autoComplete="off"
          spellCheck={false}
          hint={t("signUp.inviteHint")}
          error={errors.invite_code}
        />
        <Button type="submit" busy={register.isPending} disabled={until !== undefined}>
          {t("signUp.submit")}
        </Button>
        <p className="account-links">
          <Link href={`/sign-in${next ? `?next=${encodeURIComponent(next)}` : ""}`}>{t("signUp.signIn")}</Link>
        </p>
      </form>
    </Page>
  );
}
