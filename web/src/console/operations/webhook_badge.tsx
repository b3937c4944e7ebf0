import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/page";

/** Renders whether a webhook is on, fails, or is off. */
export function WebhookBadge({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation("operations");
  if (!webhook.enabled) return <Badge tone={webhook.disabled_reason === "requested" ? "neutral" : "bad"}>{t("webhook.off")}</Badge>;
  return webhook.failing_since ? <Badge tone="warn">{t("webhook.failing")}</Badge> : <Badge tone="good">{t("webhook.on")}</Badge>;
}
