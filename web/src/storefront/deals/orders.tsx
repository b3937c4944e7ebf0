import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, dateTime, money } from "../../app/format";
import { useNow } from "../../app/use_now";
import { LinkButton } from "../../ui/button";
import { Countdown } from "../../ui/countdown";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { OrderBadge } from "./order_badge";
import { type Order, stateAt } from "./order_state";
import { Picture } from "./picture";
import "./deals.css";

/** Lists the orders of whoever is signed in, newest first. */
export default function Orders() {
  const { t } = useTranslation("deals");
  const orders = useList(["orders"], (cursor, signal) => client.page("/orders", { params: { query: { cursor, limit: 20 } }, signal }));
  return (
    <Page title={t("orders.listTitle")}>
      <List
        list={orders}
        lines={9}
        empty={
          <Empty title={t("orders.none")}>
            <p>{t("orders.noneAdvice")}</p>
            <LinkButton href="/deals">{t("toDeals")}</LinkButton>
          </Empty>
        }
      >
        {(rows) => (
          <ul className="orders">
            {rows.map((order) => (
              <li key={order.id}>
                <Row order={order} />
              </li>
            ))}
          </ul>
        )}
      </List>
    </Page>
  );
}

function Row({ order }: { order: Order }) {
  const { t } = useTranslation("deals");
  const state = stateAt(order, useNow());
  return (
    <article className="card order-row">
      <Picture src={order.product.thumbnail_url} />
      <div>
        <p>
          <Link href={`/orders/${encodeURIComponent(order.id)}`}>
            <strong>{order.product.name}</strong>
          </Link>
        </p>
        <p className="number">
          {t("orders.units", { quantity: count(order.quantity), price: money(order.total_price) })}
        </p>
        <p>
          <small className="muted">{dateTime(order.created_at)}</small>
        </p>
      </div>
      <div className="state">
        <OrderBadge state={state} />
        {state === "open" && (
          <small>
            {t("orders.payWithin")} <Countdown until={order.expires_at} />
          </small>
        )}
      </div>
    </article>
  );
}
