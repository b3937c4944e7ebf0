import { useMutation } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { type FormEvent, lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { CopyButton } from "../../ui/copy_button";
import { holdRecoveryCodes } from "./recovery_codes";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { useSessionEnds } from "./use_session_ends";
import { FormFailure, useWait } from "./wait";

const QrCode = lazy(() => import("./qr_code"));

/** Shows the secret of an authenticator app, and takes the first code of the app, which ends the session. */
export function ConfirmApp({ secret, cancel }: { secret: Schemas["TotpSecret"]; cancel: () => void }) {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const sessionEnds = useSessionEnds();
  const confirm = useMutation({
    mutationFn: (totp_code: string) => client.post("/users/me/totp/confirm", { body: { totp_code } }),
    onSuccess: ({ recovery_codes }) => {
      holdRecoveryCodes(recovery_codes);
      sessionEnds(t("totp.confirmed"));
    },
  });
  const until = useWait(confirm.error);
  const errors = useFieldErrors(confirm.error, { totp_code: "code" });
  const form = useFirstInvalid(confirm.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    confirm.mutate(String(new FormData(event.currentTarget).get("code")).replace(/\s/g, ""));
  };
  return (
    <div className="enrolment">
      <div>
        <p>{t("totp.scan")}</p>
        <Suspense fallback={<div className="qr" />}>
          <QrCode text={secret.otpauth_uri} label={t("totp.qr")} />
        </Suspense>
      </div>
      <div>
        <p>{t("totp.manual")}</p>
        <p className="row">
          <code className="copied-text">{secret.totp_secret}</code>
          <CopyButton text={secret.totp_secret} label={t("totp.copySecret")} />
        </p>
        <p>
          <a href={secret.otpauth_uri}>{t("totp.openApp")}</a>
        </p>
        <form ref={form} noValidate onSubmit={submit}>
          <FormFailure error={formError(confirm.error, errors)} until={until} />
          <Field
            label={t("code.app")}
            hint={t("totp.codeHint")}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={7}
            error={errors.code}
          />
          <div className="actions">
            <Button type="submit" busy={confirm.isPending || confirm.isSuccess} disabled={until !== undefined}>
              {t("totp.confirm")}
            </Button>
            <Button look="secondary" onClick={cancel}>
              {common("cancel")}
            </Button>
          </div>
        </form>
      </div>
    </div>
  );
}
