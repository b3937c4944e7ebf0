import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog";
import { KEYS } from "./keyboard";

const SIGNS: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  "Shift+ArrowDown": "Shift + ↓",
  "Shift+ArrowUp": "Shift + ↑",
  Escape: "Esc",
};
const sign = (key: string) => SIGNS[key] ?? (/^[A-Z]$/.test(key) ? `Shift + ${key.toLowerCase()}` : key);

/** Lists the keys of the inbox. */
export function KeysHelp({ readOnly, onClose }: { readOnly: boolean; onClose: () => void }) {
  const { t } = useTranslation("requests");
  const reading = ["next", "previous", "first", "last", "open", "help"];
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <p>{t("keys.advice")}</p>
      <dl className="keys">
        {KEYS.filter(({ command }) => !readOnly || reading.includes(command)).map(({ command, keys }) => (
          <div key={command}>
            <dt>
              {keys.map((key, place) => (
                <span key={key}>
                  {place > 0 && ` ${t("keys.or")} `}
                  <kbd>{sign(key)}</kbd>
                </span>
              ))}
            </dt>
            <dd>{t(`keys.command.${command}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
