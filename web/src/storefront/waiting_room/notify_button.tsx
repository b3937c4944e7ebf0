import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";

/** Renders a button that asks the browser for notifications, or what the browser answered before. */
export function NotifyButton() {
  const { t } = useTranslation("waitingRoom");
  const [permission, setPermission] = useState(() =>
    "Notification" in window ? Notification.permission : undefined,
  );
  if (permission === undefined) return null;
  if (permission === "granted") return <p className="muted">{t("notify.on")}</p>;
  if (permission === "denied") return <p className="muted">{t("notify.denied")}</p>;
  const ask = async () => setPermission(await Notification.requestPermission());
  return (
    <Button look="secondary" onClick={() => void ask()}>
      {t("notify.ask")}
    </Button>
  );
}
