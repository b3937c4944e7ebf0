import { useTranslation } from "react-i18next";
import { LinkButton } from "./button";
import { Page } from "./page";

/** Says that the address names no page. */
export function NotFound() {
  const { t } = useTranslation("common");
  return (
    <Page title={t("notFound.title")}>
      <p>{t("notFound.advice")}</p>
      <LinkButton href="/">{t("notFound.home")}</LinkButton>
    </Page>
  );
}
