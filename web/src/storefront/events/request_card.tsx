import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { dateTime } from "../../app/format";
import { useLive } from "../../app/live";
import { Badge } from "../../ui/page";
import { EventName } from "./event_name";
import { LineState } from "./line_state";
import { type EventRequest, isOpen, TONES } from "./lines";
import { RequestHistory } from "./request_history";
import { useContentText } from "./reward_text";

/** Shows the claim of an event with the state of each line, which follows changes, and its history on demand. */
export function RequestCard({ listed, level = 2 }: { listed: EventRequest; level?: 1 | 2 }) {
  const { t } = useTranslation("events");
  const content = useContentText();
  const queries = useQueryClient();
  const [live, setLive] = useState<EventRequest>();
  const request = live && live.version >= listed.version ? live : listed;
  const [opened, setOpened] = useState(false);
  useLive(isOpen(request) ? `requests/${request.id}` : undefined, (state) => {
    setLive(state);
    void queries.invalidateQueries({ queryKey: ["requests", request.id] });
    if (!isOpen(state)) void queries.invalidateQueries({ queryKey: ["inventory"] });
  });
  return (
    <article className="card">
      <div className="section-head">
        {level === 2 && (
          <h2>
            <EventName id={String(request.event_id)} />
          </h2>
        )}
        <Badge tone={request.fully_granted ? "good" : TONES[request.status]}>{t(`lineStatus.${request.status}`)}</Badge>
      </div>
      <ul className="request-lines">
        {request.lines.map((line) => (
          <li key={`${line.reward_id}/${line.number}`}>
            <span>{content(line)}</span>
            <LineState line={line} numbered={line.number > 1} />
          </li>
        ))}
      </ul>
      <small className="muted">{t("requests.updated", { time: dateTime(request.updated_at) })}</small>
      <details open={opened} onToggle={(toggled) => setOpened(toggled.currentTarget.open)}>
        <summary>{t("history.title")}</summary>
        {opened && <RequestHistory id={request.id} />}
      </details>
    </article>
  );
}
