import { useTranslation } from "react-i18next";
import { exactTime } from "../../app/format";
import { Button } from "../../ui/button";
import { CopyButton } from "../../ui/copy_button";
import { Dialog } from "../../ui/dialog";

/** Shows a signing secret, which the API does not show again. */
export function SecretDialog({ secret, previousUntil, onClose }: {
  secret: string;
  /** Time up to which the secret before signs as well. */
  previousUntil?: string;
  onClose: () => void;
}) {
  const { t } = useTranslation("operations");
  return (
    <Dialog title={t("secret.title")} onClose={onClose}>
      <p>{t("secret.once")}</p>
      <p className="row">
        <code className="operations-secret">{secret}</code>
        <CopyButton text={secret} label={t("secret.copy")} />
      </p>
      {previousUntil && <p>{t("secret.previous", { time: exactTime(previousUntil) })}</p>}
      <footer>
        <Button onClick={onClose}>{t("secret.stored")}</Button>
      </footer>
    </Dialog>
  );
}
