import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { useNow } from "../../app/use_now";
import { Countdown } from "../../ui/countdown";
import { stateAt } from "../deals/order_state";

const SHOWN = 2;

/** Reminds of orders that are held and not paid yet. */
export function OpenOrders() {
  const { t } = useTranslation("home");
  const now = useNow();
  const orders = useQuery({
    queryKey: ["orders", "home"],
    queryFn: ({ signal }) => client.get("/orders", { params: { query: { limit: 10 } }, signal }),
  });
  // Without an answer the reminder is missing; the page of orders says why.
  const open = (orders.data ?? [])
    .filter((order) => stateAt(order, now) === "open")
    .sort((one, other) => Date.parse(one.expires_at) - Date.parse(other.expires_at));
  if (open.length === 0) return null;
  return (
    <ul className="reminders" aria-label={t("toPay")}>
      {open.slice(0, SHOWN).map((order) => (
        <li key={order.id} className="notice warn row">
          <span className="grow">
            {t("unpaid", { name: order.product.name })} <Countdown until={order.expires_at} />
          </span>
          <Link href={`/orders/${encodeURIComponent(order.id)}`}>{t("pay")}</Link>
        </li>
      ))}
      {open.length > SHOWN && (
        <li>
          <Link href="/orders">{t("allToPay")}</Link>
        </li>
      )}
    </ul>
  );
}
