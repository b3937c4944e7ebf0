import { useMutation } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { money } from "../../app/format";
import { ConfirmButton } from "../../ui/button";
import { Checkbox } from "../../ui/field";
import { Section } from "../../ui/page";
import { PasswordField } from "./password_field";
import { useCurrentPasswordErrors } from "./password_form";
import { useSessionEnds } from "./use_session_ends";
import { formError } from "./use_field_errors";
import { FormFailure, useWait } from "./wait";

/** Closes the account after its password, and after a consent to lose the balance where there is one. */
export function CloseAccount() {
  const { t } = useTranslation("account");
  const sessionEnds = useSessionEnds();
  const [password, setPassword] = useState("");
  const [balance, setBalance] = useState<number>();
  const [forfeit, setForfeit] = useState(false);
  const close = useMutation({
    mutationFn: () =>
      client.delete("/auth/me", { body: { current_password: password, ...(forfeit && { forfeit: true }) } }),
    onSuccess: () => sessionEnds(t("close.done"), "home"),
    onError: (error) => {
      if (error instanceof ApiError && error.code === "BALANCE_REMAINS") {
        setBalance((error.details as { balance: number }).balance);
      }
    },
  });
  const until = useWait(close.error);
  const errors = useCurrentPasswordErrors(close.error);
  return (
    <Section title={t("close.title")}>
      <div className="narrow">
        <p>{t("close.intro")}</p>
        <ul>
          <li>{t("close.held")}</li>
          <li>{t("close.sessions")}</li>
          <li>{t("close.erased")}</li>
          <li>{t("close.balance")}</li>
          <li>{t("close.hash")}</li>
        </ul>
        <FormFailure error={formError(close.error, errors)} until={until} />
        <PasswordField
          label={t("changePassword.current")}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          error={errors.current_password}
        />
        {balance !== undefined && (
          <Checkbox
            label={t("close.forfeit", { balance: money(balance) })}
            checked={forfeit}
            onChange={(event) => setForfeit(event.target.checked)}
          />
        )}
        <ConfirmButton
          busy={close.isPending}
          disabled={until !== undefined || password === "" || (balance !== undefined && !forfeit)}
          question={t("close.question")}
          onConfirm={() => close.mutate()}
        >
          {t("close.submit")}
        </ConfirmButton>
      </div>
    </Section>
  );
}
