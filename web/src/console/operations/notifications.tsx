import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { hasRole, useAccount } from "../../app/session";
import { Failure } from "../../ui/error";
import { Loading, Notice, Page } from "../../ui/page";
import { NotificationRule } from "./notification_rule";
import "./operations.css";

/** Lists the rules of notifications, and changes them. */
export default function Notifications() {
  const { t } = useTranslation("operations");
  const writes = hasRole(useAccount(), "OPERATOR");
  const found = useQuery({
    queryKey: ["notification-rules"],
    queryFn: ({ signal }) => client.get("/notifications/rules", { signal }),
  });
  return (
    <Page title={t("rules.title")}>
      <p className="muted">{t("rules.advice")}</p>
      <p className="muted">{t("rules.textsAdvice")}</p>
      {!writes && <Notice>{t("rules.readOnly")}</Notice>}
      <Failure error={found.error} retry={() => void found.refetch()} />
      {found.data ? (
        <div className="columns">
          {found.data.map((rule) => (
            // A form that begins with another rule is another form.
            <NotificationRule key={`${rule.kind} ${rule.updated_at}`} rule={rule} writes={writes} />
          ))}
        </div>
      ) : (
        !found.error && <Loading lines={18} />
      )}
    </Page>
  );
}
