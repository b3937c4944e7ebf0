import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "wouter";
import { client } from "../../app/client";
import { dateTime, money } from "../../app/format";
import { hasRole, useAccount } from "../../app/session";
import { Failure } from "../../ui/error";
import { Notice, Page, Section } from "../../ui/page";
import { safeNext } from "../account/next";
import { Charge } from "./charge";
import { Ledger } from "./ledger";
import { PaymentDialog, Payments } from "./payments";
import "./balance.css";

/** Shows the balance with its ledger and the payments, and charges it. */
export default function BalancePage() {
  const { t } = useTranslation("balance");
  if (hasRole(useAccount(), "USER")) return <Own />;
  return (
    <Page title={t("title")}>
      <Notice>{t("staff")}</Notice>
    </Page>
  );
}

function Own() {
  const { t } = useTranslation("balance");
  const [search, setSearch] = useSearchParams();
  const [, navigate] = useLocation();
  const payment = search.get("payment");
  const balance = useQuery({ queryKey: ["balance", "now"], queryFn: ({ signal }) => client.get("/balance", { signal }) });
  const next = safeNext(search.get("next"), location.origin);
  return (
    <Page title={t("title")}>
      <div className="columns">
        <section className="card">
          <h2>{t("now")}</h2>
          <p className="balance-now number">{balance.data ? money(balance.data.balance) : "…"}</p>
          <Failure error={balance.error} retry={() => void balance.refetch()} />
          <p className="muted">
            {balance.data?.updated_at ? t("changed", { time: dateTime(balance.data.updated_at) }) : t("neverChanged")}
          </p>
        </section>
        <section className="card">
          <h2>{t("charge")}</h2>
          <Charge
            amount={search.get("amount")}
            back={next !== undefined}
            onCharged={() => next !== undefined && navigate(next, { replace: true })}
          />
        </section>
      </div>
      <Section title={t("ledger")}>
        <Ledger />
      </Section>
      <Section title={t("payments")}>
        <Payments />
      </Section>
      {payment && <PaymentDialog id={payment} onClose={() => setSearch({}, { replace: true })} />}
    </Page>
  );
}
