import { useMutation } from "@tanstack/react-query";
import type { Schemas, User } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button, ConfirmButton } from "../../ui/button";
import { Field } from "../../ui/field";
import { Badge, Section } from "../../ui/page";
import { ConfirmApp } from "./confirm_app";
import { PasswordField } from "./password_field";
import { useCurrentPasswordErrors } from "./password_form";
import { useSessionEnds } from "./use_session_ends";
import { formError, useFieldErrors, useFirstInvalid } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";

/** Enrols or removes the authenticator app of the account. */
export function Authenticator({ account }: { account: User }) {
  const { t } = useTranslation("account");
  const [secret, setSecret] = useState<Schemas["TotpSecret"]>();
  return (
    <Section
      title={t("totp.title")}
      actions={
        <Badge tone={account.totp_enabled ? "good" : "neutral"}>
          {t(account.totp_enabled ? "totp.on" : "totp.off")}
        </Badge>
      }
    >
      {account.totp_enabled ? (
        <RemoveApp />
      ) : secret ? (
        <ConfirmApp secret={secret} cancel={() => setSecret(undefined)} />
      ) : (
        <EnrolApp onSecret={setSecret} />
      )}
    </Section>
  );
}

function EnrolApp({ onSecret }: { onSecret: (secret: Schemas["TotpSecret"]) => void }) {
  const { t } = useTranslation("account");
  const enrol = useMutation({
    mutationFn: (current_password: string) => client.post("/users/me/totp", { body: { current_password } }),
    onSuccess: onSecret,
  });
  const until = useWait(enrol.error);
  const errors = useCurrentPasswordErrors(enrol.error);
  const form = useFirstInvalid(enrol.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    enrol.mutate(String(new FormData(event.currentTarget).get("current_password")));
  };
  return (
    <form ref={form} className="narrow" noValidate onSubmit={submit}>
      <p>{t("totp.intro")}</p>
      <FormFailure error={formError(enrol.error, errors)} until={until} />
      <PasswordField
        label={t("changePassword.current")}
        name="current_password"
        autoComplete="current-password"
        error={errors.current_password}
      />
      <Button type="submit" busy={enrol.isPending} disabled={until !== undefined}>
        {t("totp.enrol")}
      </Button>
    </form>
  );
}

function RemoveApp() {
  const { t } = useTranslation("account");
  const sessionEnds = useSessionEnds();
  const [code, setCode] = useState("");
  const remove = useMutation({
    mutationFn: () => {
      const text = code.trim();
      const body = /^[0-9 ]{6,7}$/.test(text) ? { totp_code: text.replaceAll(" ", "") } : { recovery_code: text };
      return client.delete("/users/me/totp", { body });
    },
    onSuccess: () => sessionEnds(t("totp.removed")),
  });
  const until = useWait(remove.error);
  const errors = useFieldErrors(remove.error, { totp_code: "code", recovery_code: "code" });
  return (
    <div className="narrow">
      <p>{t("totp.onIntro")}</p>
      <FormFailure error={formError(remove.error, errors)} until={until} />
      <Field
        label={t("totp.codeOrRecovery")}
        value={code}
        onChange={(event) => setCode(event.target.value)}
        autoComplete="one-time-code"
        spellCheck={false}
        error={errors.code}
      />
      <ConfirmButton
        busy={remove.isPending}
        disabled={until !== undefined}
        question={t("totp.removeQuestion")}
        onConfirm={() => remove.mutate()}
      >
        {t("totp.remove")}
      </ConfirmButton>
    </div>
  );
}
