import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { useToast } from "./toast";

/** Renders a button that copies a text. `label` says what it copies, for screen readers. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation("common");
  const toast = useToast();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast(t("copied"));
    } catch {
      // Browsers refuse where the page is not secure or the user has forbidden it.
      toast(t("copyFailed"), "bad");
    }
  };
  return (
    <Button small look="secondary" aria-label={label} onClick={() => void copy()}>
      {t("copy")}
    </Button>
  );
}
