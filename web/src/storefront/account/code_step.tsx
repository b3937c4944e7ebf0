import { ApiError } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Page } from "../../ui/page";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure } from "./wait";

type Code = { totp_code: string } | { recovery_code: string };

/** Asks for the code of the authenticator app, or for a recovery code in its place. */
export function CodeStep({ error, busy, until, send, back }: {
  error: unknown;
  busy: boolean;
  until: string | undefined;
  send: (code: Code) => void;
  back: () => void;
}) {
  const { t } = useTranslation("account");
  const [recovery, setRecovery] = useState(false);
  // That a code is required is what this page says, and no failure.
  const failure = error instanceof ApiError && error.code === "TOTP_REQUIRED" ? null : error;
  const errors = useFieldErrors(failure, { totp_code: "code", recovery_code: "code" });
  const form = useFirstInvalid(failure);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code")).replace(recovery ? /^\s+|\s+$/g : /\s/g, "");
    send(recovery ? { recovery_code: code } : { totp_code: code });
  };
  return (
    <Page title={t("code.title")}>
      <form ref={form} className="narrow" noValidate onSubmit={submit}>
        <p>{t(recovery ? "code.recoveryIntro" : "code.intro")}</p>
        <FormFailure error={formError(failure, errors)} until={until} />
        {recovery ? (
          <Field
            key="recovery"
            label={t("code.recovery")}
            name="code"
            autoComplete="off"
            autoFocus
            spellCheck={false}
            error={errors.code}
          />
        ) : (
          <Field
            key="app"
            label={t("code.app")}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            autoFocus
            maxLength={7}
            error={errors.code}
          />
        )}
        <div className="actions">
          <Button type="submit" busy={busy} disabled={until !== undefined}>
            {t("signIn.submit")}
          </Button>
          <Button look="secondary" onClick={back}>
            {t("code.back")}
          </Button>
        </div>
        <p className="account-links">
          <Button look="plain" onClick={() => setRecovery(!recovery)}>
            {t(recovery ? "code.useApp" : "code.useRecovery")}
          </Button>
        </p>
      </form>
    </Page>
  );
}
