import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { exactTime } from "../../app/format";
import { Failure } from "../../ui/error";
import { Badge, Loading } from "../../ui/page";
import { useReasonText } from "./line_state";
import { type Line, TONES } from "./lines";
import { requestQuery } from "./queries";
import { useContentText } from "./reward_text";

type Change = Schemas["EventRequestChange"];

/** Shows what happened to a claim, oldest first. */
export function RequestHistory({ id }: { id: string }) {
  const { t } = useTranslation("events");
  const content = useContentText();
  const request = useQuery(requestQuery(id));
  if (!request.data) return request.error ? <Failure error={request.error} retry={() => void request.refetch()} /> : <Loading />;
  const { audit, lines } = request.data;
  const nameOf = (change: Change) => {
    const line = lines.find((line: Line) => line.reward_id === change.reward_id && line.number === change.number);
    return line ? content(line) : String(change.reward_id);
  };
  return (
    <ol className="history" aria-label={t("history.title")}>
      {audit.map((change) => (
        <li key={`${change.reward_id}/${change.number}/${change.status}/${change.at}/${change.actor}`}>
          <ChangeText change={change} name={nameOf(change)} />
        </li>
      ))}
    </ol>
  );
}

function ChangeText({ change, name }: { change: Change; name: string }) {
  const { t } = useTranslation("events");
  const reason = useReasonText();
  const actor = change.actor === "dibs" ? "system" : change.actor === "staff" ? "staff" : "you";
  return (
    <>
      <time dateTime={change.at}>{exactTime(change.at)}</time>{" "}
      <Badge tone={TONES[change.status]}>{t(`lineStatus.${change.status}`)}</Badge> {name}{" "}
      <small className="muted">
        {t(`history.${actor}`)}
        {change.times > 1 && ` · ${t("history.times", { count: change.times })}`}
      </small>
      {change.message && <p className="line-message">{t("message", { message: change.message })}</p>}
      {change.reason && <p className="line-message">{reason(change.reason)}</p>}
    </>
  );
}
