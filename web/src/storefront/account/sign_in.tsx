import { useMutation } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearch } from "wouter";
import { client } from "../../app/client";
import { useSession } from "../../app/session";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Notice, Page } from "../../ui/page";
import { CodeStep } from "./code_step";
import { DemoAccounts } from "./demo_accounts";
import { useLeave, useNext } from "./leave";
import { PasswordField } from "./password_field";
import { heldRecoveryCodes, RecoveryCodes } from "./recovery_codes";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";
import "./account.css";

const asksForCode = (error: unknown) => error instanceof ApiError && error.code.startsWith("TOTP_");

/** Signs in, with a code of the authenticator app where the account has one, and returns to where the user came from. */
export default function SignIn() {
  const { t } = useTranslation("account");
  const search = useSearch();
  const next = useNext();
  const leave = useLeave(next);
  const session = useSession();
  // Kept while the code is asked for, since each try sends them again.
  const [credentials, setCredentials] = useState<{ email: string; password: string }>();

  const [codes, setCodes] = useState(heldRecoveryCodes);

  const signIn = useMutation({ mutationFn: (body: Schemas["Credentials"]) => client.signIn(body) });
  const until = useWait(signIn.error);
  const errors = useFieldErrors(signIn.error);
  const form = useFirstInvalid(signIn.error);

  useEffect(() => {
    if (session && !codes) leave(session);
  }, [session, codes, leave]);

  // The password stays right while only the code is wrong; any other refusal begins anew.
  const withCode = credentials !== undefined && (signIn.isPending || asksForCode(signIn.error) || until !== undefined);

  const send = (given: { email: string; password: string }) => {
    signIn.mutate(given, {
      onError: (error) => {
        if (asksForCode(error)) setCredentials(given);
      },
    });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setCredentials(undefined);
    send({ email: String(data.get("email")), password: String(data.get("password")) });
  };

  if (codes) return <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} />;
  if (withCode) {
    return (
      <CodeStep
        error={signIn.error}
        busy={signIn.isPending}
        until={until}
        send={(code) => signIn.mutate({ ...credentials, ...code })}
        back={() => {
          setCredentials(undefined);
          signIn.reset();
        }}
      />
    );
  }
  return (
    <Page title={t("signIn.title")}>
      <div className="columns account-entry">
        <form ref={form} className="narrow" noValidate onSubmit={submit}>
          {next && !signIn.error && <Notice>{t("signIn.first")}</Notice>}
          <FormFailure error={formError(signIn.error, errors)} until={until} />
          <Field
            label={t("email")}
            name="email"
            type="email"
            autoComplete="username"
            error={errors.email}
            // Attempts are limited for each account, so another one may be tried at once.
            onChange={() => until && signIn.reset()}
          />
          <PasswordField
            label={t("password")}
            name="password"
            autoComplete="current-password"
            error={errors.password && t("rules.current_password")}
          />
          <Button type="submit" busy={signIn.isPending} disabled={until !== undefined}>
            {t("signIn.submit")}
          </Button>
          <p className="account-links">
            <Link href="/forgot-password">{t("signIn.forgot")}</Link>
            <Link href={`/sign-up${search && `?${search}`}`}>{t("signIn.signUp")}</Link>
          </p>
        </form>
        <DemoAccounts signIn={send} disabled={signIn.isPending} />
      </div>
    </Page>
  );
}
