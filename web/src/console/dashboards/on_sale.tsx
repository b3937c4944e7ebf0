import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Empty, Loading, Page } from "../../ui/page";
import { SaleSelect, useSales } from "./choices";
import { useAddress } from "./figures";
import { CrowdButton } from "./on_sale/crowd";
import { Monitor } from "./on_sale/monitor";
import type { Subject } from "./on_sale/source";
import { Failure } from "../../ui/error";
import "./dashboards.css";

/** Shows one sale as it runs: that of the deal or the concert date which the address names. */
export default function OnSale() {
  const { t } = useTranslation(["dashboards", "console"]);
  const [get] = useAddress();
  const [deal, concert, date] = [get("deal"), get("concert"), get("date")];
  const subject: Subject | undefined = deal ? { deal } : concert && date ? { concert, date } : undefined;
  return (
    <Page title={t("console:page.onSale")}>
      <div className="period-bar single">
        <SaleSelect label={t("filter.sale")} all={t("onSale.choose")} />
        <CrowdButton />
      </div>
      {subject ? (
        <div className="monitor">
          <Monitor key={JSON.stringify(subject)} subject={subject} />
        </div>
      ) : (
        <Sales />
      )}
    </Page>
  );
}

/** Lists what can be watched, for a page without a choice. */
function Sales() {
  const { t } = useTranslation(["dashboards", "console"]);
  const sales = useSales();
  if (sales.error) return <Failure error={sales.error} retry={() => void sales.refetch()} />;
  if (!sales.data) return <Loading lines={6} />;
  if (sales.data.length === 0) {
    return (
      <Empty title={t("onSale.none")}>
        <Link href="/deals">{t("onSale.createDeal")}</Link>
      </Empty>
    );
  }
  return (
    <div className="section">
      <h2>{t("onSale.watch")}</h2>
      <ul className="cards">
        {sales.data.slice(0, 60).map(({ id, name, kind, address }) => (
          <li key={id}>
            <Link className="card" href={`/on-sale?${new URLSearchParams(address)}`}>
              <strong>{name}</strong>
              <br />
              <small className="muted">{t(`onSale.kind.${kind}`)}</small>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
