import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { count } from "../../app/format";
import { Failure } from "../../ui/error";
import { useToast } from "../../ui/toast";
import type { QueueStatus } from "./queue_data";
import "./seating.css";

type Status = Schemas["Queue"]["status"];
const STATUSES: Status[] = ["open", "paused", "closed"];

/** Chooses whether a queue is open, paused or closed, and says what each does to its users. */
export function QueueStatusChoice({ queue, send }: { queue: QueueStatus; send: (status: Status) => Promise<unknown> }) {
  const { t } = useTranslation(["seating", "common"]);
  const toast = useToast();
  const [sending, setSending] = useState<Status>();
  const [error, setError] = useState<unknown>();
  const choose = async (status: Status) => {
    setSending(status);
    setError(undefined);
    try {
      await send(status);
      toast(t(`queue.now.${status}`));
    } catch (failure) {
      setError(failure);
    }
    setSending(undefined);
  };
  return (
    <>
      <fieldset className="seating-status" aria-busy={sending !== undefined || undefined}>
        <legend className="hidden">{t("queue.statusTitle")}</legend>
        {STATUSES.map((status) => (
          <label key={status}>
            <input
              type="radio"
              name="status"
              checked={(sending ?? queue.status) === status}
              disabled={sending !== undefined}
              onChange={() => void choose(status)}
            />
            <span>
              {t(`queue.status.${status}`)}
              <small className="muted">
                {t(`queue.effect.${status}`, { waiting: count(queue.waiting), active: count(queue.active) })}
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      <Failure error={error} />
    </>
  );
}
