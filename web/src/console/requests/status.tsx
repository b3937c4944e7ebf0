import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/page";
import type { RequestStatus } from "./filters";

const TONES = {
  requested: "info",
  in_review: "warn",
  approved: "info",
  granting: "info",
  failed: "bad",
  rejected: "neutral",
  granted: "good",
} as const;

/** Renders the status of a request or of a line. */
export function StatusBadge({ status }: { status: RequestStatus }) {
  const { t } = useTranslation("requests");
  return <Badge tone={TONES[status]}>{t(`status.${status}`)}</Badge>;
}

type Line = Schemas["EventRequestLine"];

export const inReview = ({ lines }: { lines: readonly Line[] }) => lines.some(({ status }) => status === "in_review");

/** Whether a line is on its way, so that it changes by itself soon. */
export const isUnderWay = ({ status }: Line) => status === "requested" || status === "approved" || status === "granting";
