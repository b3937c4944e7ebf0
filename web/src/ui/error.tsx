import { ApiError, OfflineError } from "dibs-client";
import { type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useFailureText } from "../app/failure";
import { Button } from "./button";
import { Notice } from "./page";

interface FailureProps {
  error: unknown;
  /** Tries again. Without it there is no button. */
  retry?: (() => void) | undefined;
  /** Further advice, such as a link to what to do next. */
  children?: ReactNode;
}

/**
 * Renders why a request failed and what to do next: the text of its error code, the number under which support finds
 * it, and a button to try again where that helps.
 */
export function Failure(failure: FailureProps) {
  if (!failure.error) return null;
  // The texts of errors are loaded with the first one. The page stays in sight meanwhile.
  return (
    <Suspense fallback={null}>
      <ShownFailure {...failure} />
    </Suspense>
  );
}

function ShownFailure({ error, retry, children }: FailureProps) {
  const { t } = useTranslation("common");
  const text = useFailureText();
  const helps =
    error instanceof OfflineError ||
    (error instanceof ApiError && (error.status >= 500 || error.status === 429 || error.isUnknownRoute));
  return (
    <Notice tone="bad">
      <p>{text(error)}</p>
      {children}
      {error instanceof ApiError && error.status >= 500 && (
        <p>
          <small>{t("requestId", { id: error.requestId })}</small>
        </p>
      )}
      {retry && helps && (
        <Button small look="secondary" onClick={retry}>
          {t("tryAgain")}
        </Button>
      )}
    </Notice>
  );
}
