import { useTranslation } from "react-i18next";
import { exactTime } from "../../app/format";
import { Badge } from "../../ui/page";
import { type Line, TONES } from "./lines";

/** Shows the state of a claim of one reward: what happened, and what comes next. */
export function LineState({ line, numbered, refused = false }: {
  line: Line;
  /** Whether there are several claims of the reward, so that its number helps. */
  numbered: boolean;
  /** Whether the page shows the refusal already, so that its reason is not said twice. */
  refused?: boolean;
}) {
  const { t } = useTranslation("events");
  const reason = useReasonText();
  const hint = line.outcome_unknown ? "unknown" : line.status;
  return (
    <div className="line-state">
      <Badge tone={TONES[line.status]}>
        {numbered && `#${line.number} `}
        {t(`lineStatus.${line.status}`)}
      </Badge>{" "}
      <small className="muted">
        {line.granted_at ? exactTime(line.granted_at) : !refused && t(`lineHint.${hint}`)}
      </small>
      {line.message && <p className="line-message">{t("message", { message: line.message })}</p>}
      {!refused && line.reason && line.status === "failed" && <p className="line-message">{reason(line.reason)}</p>}
    </div>
  );
}

/** Returns a function that says the reason of a failed claim, which is an error code or a text. */
export function useReasonText(): (reason: string) => string {
  const { t, i18n } = useTranslation("errors");
  return (reason) => (i18n.exists(reason, { ns: "errors" }) ? (t(reason as never) as string) : reason);
}
