import { useTranslation } from "react-i18next";

/** Renders a link to the page of the storefront that shows the same, which is outside of the console. */
export function ShopLink({ href }: { href: string }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  return (
    <a className="button secondary" role="button" href={href}>
      {t("inShop")}
    </a>
  );
}
