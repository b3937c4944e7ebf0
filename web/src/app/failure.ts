import { ApiError, OfflineError } from "dibs-client";
import { useTranslation } from "react-i18next";

/**
 * Returns a function that says in the reader's language why a request failed and what to do next. Texts stand under
 * the code of the error in `locales/errors.*.json`, and may use its details.
 */
export function useFailureText(): (error: unknown) => string {
  const { t } = useTranslation("errors");
  return (error) => {
    if (error instanceof OfflineError) return t("offline");
    if (!(error instanceof ApiError)) return t("unexpected");
    if (error.isUnknownRoute) return t("unknownRoute");
    const details = Array.isArray(error.details) ? {} : (error.details as object | undefined);
    const seconds = error.retryAfterMs === undefined ? undefined : Math.ceil(error.retryAfterMs / 1000);
    const key = error.code === "TOO_MANY_REQUESTS" && seconds !== undefined ? "TOO_MANY_REQUESTS_WAIT" : error.code;
    return t(key as never, { ...details, seconds, message: error.message, defaultValue: error.message }) as string;
  };
}

/** Returns the messages of a refused body by field, such as `{email: "…"}`. Empty for any other error. */
export function fieldErrors(error: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  if (error instanceof ApiError) for (const { field, message } of error.fields) found[field] ??= message;
  return found;
}
