import { ApiError } from "dibs-client";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { useFailureText } from "../../app/failure";
import { Countdown } from "../../ui/countdown";
import { Failure } from "../../ui/error";
import { Notice } from "../../ui/page";

/** Returns the time at which a refusal for too many attempts ends, and `undefined` when there is nothing to wait for. */
export function useWait(error: unknown): string | undefined {
  const [until, setUntil] = useState<string>();
  useEffect(() => {
    const wait = error instanceof ApiError && error.status === 429 ? error.retryAfterMs : undefined;
    if (wait === undefined) return setUntil(undefined);
    setUntil(new Date(client.now() + wait).toISOString());
    const timer = setTimeout(() => setUntil(undefined), wait);
    return () => clearTimeout(timer);
  }, [error]);
  return until;
}

/** Renders why a form was refused; after too many attempts with the time until the next one. */
export function FormFailure({ error, until }: { error: unknown; until: string | undefined }) {
  const { t } = useTranslation("account");
  const text = useFailureText();
  const limited = error instanceof ApiError && error.status === 429;
  if (!limited || error.retryAfterMs === undefined) return <Failure error={error} />;
  return (
    <Notice tone={until ? "warn" : "info"}>
      <p className="hidden">{text(error)}</p>
      <p aria-hidden={until !== undefined}>
        {until ? (
          <>
            {t("wait.left")} <Countdown until={until} />
          </>
        ) : (
          t("wait.over")
        )}
      </p>
    </Notice>
  );
}
