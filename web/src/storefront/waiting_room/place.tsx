import type { QueueState } from "dibs-client/queue";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { count } from "../../app/format";
import { Notice } from "../../ui/page";
import { type WaitTime, waitTime } from "./wait_time";

/** Renders the place of a user who waits: how many are ahead, and how long it takes. */
export function Place({ queueId, state }: { queueId: string; state: QueueState }) {
  const { t } = useTranslation("waitingRoom");
  const { ahead, position, etaSeconds, queue, reachable } = state;
  const first = useFirstAhead(queueId, state);
  const paused = queue?.status === "paused";
  const time = etaSeconds && waitTime(etaSeconds);
  const range = ({ unit, min, max }: WaitTime) => {
    const least = t(`unit.${unit}`, { count: min });
    if (max === undefined) return min === 0 ? t("timeUnknown") : t("timeMin", { min: least });
    const most = t(`unit.${unit}`, { count: max });
    if (min === 0) return t("timeMax", { max: most });
    return min < max ? t("timeRange", { min: count(min), max: most }) : t("timeAbout", { max: most });
  };
  return (
    <>
      {!reachable && <Notice tone="warn" title={t("unreachable.title")}>{t("unreachable.text")}</Notice>}
      {paused && <Notice tone="warn" title={t("paused.title")}>{t("paused.text")}</Notice>}
      <section className="card place">
        <div>
          <p className="muted">{t("ahead")}</p>
          <p className="big place-ahead">{ahead === null ? t("counting") : count(ahead)}</p>
        </div>
        <div>
          <p className="muted">{t("time")}</p>
          {/* Minutes change rarely enough to be read aloud, which the number of people does not. */}
          <p className="place-time" role="status">
            {time ? range(time) : t("counting")}
          </p>
        </div>
        <progress
          className="place-progress"
          aria-label={t("progress")}
          max={Math.max(1, first)}
          value={ahead === null ? 0 : ahead === 0 ? Math.max(1, first) : Math.max(0, first - ahead)}
        />
        <p className="muted">{position === null ? t("positionSoon") : t("position", { position: count(position) })}</p>
      </section>
    </>
  );
}

/** Returns how many were ahead at first, kept over a reload, so that the progress does not begin anew. */
function useFirstAhead(queueId: string, { ahead, joinedAt }: QueueState): number {
  const [first, setFirst] = useState(0);
  useEffect(() => {
    if (ahead === null || joinedAt === null) return;
    const item = `dibs.ahead.${queueId}`;
    const [since, stored] = sessionStorage.getItem(item)?.split(" ") ?? [];
    const known = since === joinedAt ? Number(stored) : 0;
    const most = Math.max(known, ahead);
    if (most > known || since !== joinedAt) sessionStorage.setItem(item, `${joinedAt} ${most}`);
    setFirst(most);
  }, [queueId, ahead, joinedAt]);
  return first;
}
