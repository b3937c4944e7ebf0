import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

function subscribe(changed: () => void) {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

/** Says while the browser is offline that what the page shows may be old. */
export function OfflineBar() {
  const { t } = useTranslation("common");
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  return (
    <div role="status" className={online ? "hidden" : "offline"}>
      {online ? "" : t("offlineBar")}
    </div>
  );
}
