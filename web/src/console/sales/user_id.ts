import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { useFailureText } from "../../app/failure";
import { isMissing } from "../../app/query";
import { hasRole, useAccount } from "../../app/session";
import { useToast } from "../../ui/toast";

/**
 * Returns how a user is named in a search: by id and, for administrators, who alone may look it up, by the address of
 * the account.
 */
export function useUserId() {
  const { t } = useTranslation(["salesStaff", "common"]);
  const toast = useToast();
  const failure = useFailureText();
  const admin = hasRole(useAccount());
  const find = async (text: string, found: (id: string) => void) => {
    if (!admin || !text.includes("@")) return found(text);
    try {
      const user = await client.get("/auth/users/email", { params: { query: { email: text } } });
      found(String(user.id));
    } catch (error) {
      toast(isMissing(error) ? t("user.unknownEmail", { email: text }) : failure(error), "bad");
    }
  };
  return {
    label: t(admin ? "user.idOrEmail" : "user.id"),
    hint: t(admin ? "user.idOrEmailHint" : "user.idHint"),
    find: (text: string, found: (id: string) => void) => void find(text, found),
  };
}
