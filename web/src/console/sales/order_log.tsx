import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count, exactTime, money } from "../../app/format";
import { Failure } from "../../ui/error";
import { Loading } from "../../ui/page";
import "./sales.css";

type Entry = Schemas["OrderEvent"];

/** Shows the log of an order, oldest entry first. */
export function OrderLog({ order }: { order: Schemas["Order"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const log = useQuery({
    // The log grows with each change of the order.
    queryKey: ["orders", order.id, "log", order.updated_at],
    queryFn: ({ signal }) => client.get("/orders/{order_id}/events", { params: { path: { order_id: order.id } }, signal }),
    refetchInterval: order.status === "reserved" ? 3000 : false,
    placeholderData: (before) => before,
  });
  if (log.error) return <Failure error={log.error} retry={() => void log.refetch()} />;
  if (!log.data) return <Loading lines={6} />;
  return (
    <ol className="sales-log">
      {log.data.map((entry) => (
        <li key={entry.id}>
          <span>
            <strong>{t(`order.entry.${entry.type}`)}</strong>
            <br />
            <small className="muted">{exactTime(entry.created_at)}</small>
          </span>
          <span>
            <p>{t(`order.entryMeaning.${entry.type}`)}</p>
            <small className="muted">
              <Actor actor={entry.actor} /> <Data payload={entry.payload} />
            </small>
          </span>
        </li>
      ))}
    </ol>
  );
}

function Actor({ actor }: { actor: Entry["actor"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  if (actor.type === "system") return <>{t("order.actor.system")}</>;
  return <>{t(`order.actor.${actor.type}`, { id: actor.id })}</>;
}

/** Shows what a program could read in an entry, as far as people need it. */
function Data({ payload }: { payload: Entry["payload"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const data = (payload ?? {}) as Record<string, unknown>;
  const parts: string[] = [];
  if (typeof data.quantity === "number") parts.push(t("order.data.quantity", { count: data.quantity, units: count(data.quantity) }));
  if (typeof data.amount === "number") parts.push(money(data.amount));
  if (typeof data.total_price === "number") parts.push(money(data.total_price));
  if (typeof data.reference === "string") parts.push(t("order.data.reference", { reference: data.reference }));
  if (typeof data.payment_id === "string") parts.push(t("order.data.payment", { id: data.payment_id }));
  if (typeof data.reason === "string") parts.push(t("order.data.reason", { reason: t(`order.reason.${data.reason as "requested"}`, { defaultValue: data.reason }) }));
  return parts.length > 0 ? <> · {parts.join(" · ")}</> : null;
}
