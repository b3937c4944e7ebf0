import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/page";

const TONES = { open: "good", paused: "warn", closed: "neutral" } as const;

/** Renders the status of a queue. */
export function QueueBadge({ status }: { status: Schemas["Queue"]["status"] }) {
  const { t } = useTranslation(["seating", "common"]);
  return <Badge tone={TONES[status]}>{t(`queue.status.${status}`)}</Badge>;
}
