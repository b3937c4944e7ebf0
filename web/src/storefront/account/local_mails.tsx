import { useTranslation } from "react-i18next";
import { MAILS, useIsLocalStack } from "./local_stack";

/** Links to the mails of the local stack, which sends none. */
export function LocalMails() {
  const { t } = useTranslation("account");
  if (!useIsLocalStack()) return null;
  return (
    <p>
      <a href={MAILS} target="_blank" rel="noreferrer">
        {t("localMails")}
      </a>
    </p>
  );
}
