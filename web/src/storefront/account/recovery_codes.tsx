import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import { Checkbox } from "../../ui/field";
import { Notice, Page } from "../../ui/page";
import { CopyButton } from "../../ui/copy_button";

let held: readonly string[] | undefined;

/**
 * Keeps the recovery codes for the page to sign in. They are shown once, and confirming the app ends the session, which
 * would take them away together with the page of the account.
 */
export function holdRecoveryCodes(codes: readonly string[]) {
  held = codes;
}

/** Returns the recovery codes that the user has not confirmed to have kept. */
export const heldRecoveryCodes = () => held;

/** Shows the recovery codes until the user says that they are kept. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useTranslation("account");
  const [kept, setKept] = useState(false);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, []);
  return (
    <Page title={t("recovery.title")}>
      <div className="narrow">
        <Notice tone="good">
          <p>{t("recovery.keep")}</p>
        </Notice>
        <ol className="recovery-codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <p>
          <CopyButton text={codes.join("\n")} label={t("recovery.copy")} />
        </p>
        <Checkbox label={t("recovery.kept")} checked={kept} onChange={(event) => setKept(event.target.checked)} />
        <Button
          disabled={!kept}
          onClick={() => {
            held = undefined;
            onKept();
          }}
        >
          {t("recovery.goOn")}
        </Button>
      </div>
    </Page>
  );
}
