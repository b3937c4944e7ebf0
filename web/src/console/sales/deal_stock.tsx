import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { count, percent } from "../../app/format";
import "./sales.css";

type Stock = Pick<Schemas["LiveStock"], "stock_quantity" | "reserved_quantity" | "sold_quantity" | "available_quantity">;

/** Shows how the units of a deal divide into sold, held for unpaid orders and available. */
export function DealStock({ stock }: { stock: Stock }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const share = (units: number) => `${(100 * units) / Math.max(1, stock.stock_quantity)}%`;
  const parts = [
    ["sold", stock.sold_quantity],
    ["reserved", stock.reserved_quantity],
    ["available", stock.available_quantity],
  ] as const;
  return (
    <>
      <div className="sales-stock" aria-hidden="true">
        <span className="sold" style={{ width: share(stock.sold_quantity) }} />
        <span className="reserved" style={{ width: share(stock.reserved_quantity) }} />
      </div>
      <dl className="facts sales-key">
        {parts.map(([name, units]) => (
          <div key={name}>
            <dt>
              <i className={name} aria-hidden="true" />
              {t(`stock.${name}`)}
            </dt>
            <dd>
              <span className="live big">{count(units)}</span>
              <small className="muted">{percent(units / Math.max(1, stock.stock_quantity), 1)}</small>
            </dd>
          </div>
        ))}
        <div>
          <dt>{t("stock.total")}</dt>
          <dd>
            <span className="live big">{count(stock.stock_quantity)}</span>
          </dd>
        </div>
      </dl>
    </>
  );
}
