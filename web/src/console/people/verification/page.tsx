import { useTranslation } from "react-i18next";
import { Notice } from "../../../ui/page";
import { ChainCheck } from "./chain_check";
import { FileCheck } from "./file_check";
import { PeriodCheck } from "./period_check";

/** Verifies the audit in the browser: a chain, a period, or a file that stays on the reader's machine. */
export function AuditVerification() {
  const { t } = useTranslation("people");
  // Browsers compute hashes on pages that nobody can have changed under way: HTTPS, or the own machine.
  if (!globalThis.crypto?.subtle) return <Notice tone="warn">{t("verify.insecure")}</Notice>;
  return (
    <>
      <p>{t("verify.intro")}</p>
      <p className="muted">{t("verify.trust")}</p>
      <ChainCheck />
      <PeriodCheck />
      <FileCheck />
    </>
  );
}
