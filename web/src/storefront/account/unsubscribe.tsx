import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Notice, Page } from "../../ui/page";
import { isMissing } from "../../app/query";
import { useMailToken } from "./mail_token";

/** Ends the mails about notifications with the token of a mail, without a sign-in. */
export default function Unsubscribe() {
  const { t } = useTranslation("account");
  const token = useMailToken();
  const unsubscribe = useMutation({
    mutationFn: (token: string) =>
      client.post("/notifications/unsubscribe", { params: { query: { token } }, repeatable: true }),
  });
  const isInvalid = !token || isMissing(unsubscribe.error);
  return (
    <Page title={t("unsubscribe.title")}>
      {unsubscribe.isSuccess ? (
        <Notice tone="good" title={t("unsubscribe.done")}>
          <p>{t("unsubscribe.doneNext")}</p>
        </Notice>
      ) : isInvalid ? (
        <Notice tone="warn">{t("unsubscribe.invalid")}</Notice>
      ) : (
        <>
          <p>{t("unsubscribe.intro")}</p>
          <Failure error={unsubscribe.error} />
          <Button busy={unsubscribe.isPending} onClick={() => unsubscribe.mutate(token)}>
            {t("unsubscribe.submit")}
          </Button>
        </>
      )}
      {(unsubscribe.isSuccess || isInvalid) && (
        <LinkButton look="secondary" href="/account/notifications">
          {t("unsubscribe.preferences")}
        </LinkButton>
      )}
    </Page>
  );
}
