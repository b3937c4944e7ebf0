import { useTranslation } from "react-i18next";
import { count, exactTime, money } from "../../app/format";
import type { OrderEvent } from "./order_state";

/** Renders the log of an order, oldest entry first. */
export function OrderLog({ log }: { log: readonly OrderEvent[] }) {
  const { t } = useTranslation("deals");
  return (
    <ol className="log">
      {log.map((event) => (
        <li key={event.id}>
          {t(`log.${event.type}`)}
          <Detail event={event} />
          <small>
            {exactTime(event.created_at)} · {t(`log.by.${event.actor.type}`)}
          </small>
        </li>
      ))}
    </ol>
  );
}

const REASONS = ["requested", "expired", "deal_canceled", "abandoned"] as const;

function Detail({ event }: { event: OrderEvent }) {
  const { t } = useTranslation("deals");
  const { quantity, amount, reason } = (event.payload ?? {}) as { quantity?: number; amount?: number; reason?: string };
  const known = REASONS.find((name) => name === reason);
  const details = [
    quantity !== undefined && t("log.units", { quantity: count(quantity) }),
    amount !== undefined && money(amount),
    known && t(`log.reason.${known}`),
  ].filter(Boolean);
  return details.length > 0 && <>: {details.join(", ")}</>;
}
