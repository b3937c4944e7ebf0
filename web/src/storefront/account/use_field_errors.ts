import { ApiError } from "dibs-client";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors, useFailureText } from "../../app/failure";

/** Refusals that concern one field of a form, by their code. */
const FIELD_OF: Record<string, string> = {
  DUPLICATE_EMAIL: "email",
  REGISTRATION_REFUSED: "email",
  PASSWORD_TOO_SHORT: "password",
  PASSWORD_TOO_COMMON: "password",
  TOTP_WRONG: "code",
  TOTP_USED: "code",
  TOTP_CLOCK_OFF: "code",
};

/**
 * Returns the texts of a refused form by field: the rule of the field in the reader's language, or what the API says
 * about a field for which there is no text. `renamed` maps fields of the API to fields of the form.
 */
export function useFieldErrors(error: unknown, renamed: Record<string, string> = {}): Record<string, string> {
  const { t, i18n } = useTranslation("account");
  const text = useFailureText();
  const found: Record<string, string> = {};
  for (const [field, message] of Object.entries(fieldErrors(error))) {
    const key = `rules.${field}`;
    found[renamed[field] ?? field] = i18n.exists(key, { ns: "account" }) ? (t(key as never) as string) : message;
  }
  const field = error instanceof ApiError ? FIELD_OF[error.code] : undefined;
  if (field) found[renamed[field] ?? field] = text(error);
  return found;
}

/** Returns a reference for a form, in which the first refused field gets the focus when a request failed. */
export function useFirstInvalid(error: unknown) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  return form;
}

/** Returns the error if it concerns no field, so that it stands above the form. */
export const formError = (error: unknown, fields: Record<string, string>) =>
  Object.keys(fields).length > 0 ? null : error;
