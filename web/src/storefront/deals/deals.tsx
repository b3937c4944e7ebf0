import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { client } from "../../app/client";
import { Button, LinkButton } from "../../ui/button";
import { Select } from "../../ui/field";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { DealCard } from "./deal_card";

const STATUSES = ["active", "scheduled", "soldout", "ended", "canceled"] as const;
const CATEGORIES = ["food", "toy", "health", "fashion", "living"] as const;
const REFRESH_MS = 5_000;

/** Lists the deals. Status and category to show are in the address. */
export default function Deals() {
  const { t } = useTranslation("deals");
  const [search, setSearch] = useSearchParams();
  const status = STATUSES.find((name) => name === search.get("status"));
  const category = CATEGORIES.find((name) => name === search.get("category"));
  const deals = useList(
    ["deals", status, category],
    (cursor, signal) => client.page("/timedeals", { params: { query: { status, category, cursor, limit: 12 } }, signal }),
    { refetchInterval: REFRESH_MS },
  );
  const filter = (name: string, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return (
    <Page title={t("title")}>
      <div className="filters">
        <Select label={t("filterStatus")} value={status ?? ""} onChange={(event) => filter("status", event.target.value)}>
          <option value="">{t("all")}</option>
          {STATUSES.map((name) => (
            <option key={name} value={name}>
              {t(`status.${name}`)}
            </option>
          ))}
        </Select>
        <Select label={t("filterCategory")} value={category ?? ""} onChange={(event) => filter("category", event.target.value)}>
          <option value="">{t("all")}</option>
          {CATEGORIES.map((name) => (
            <option key={name} value={name}>
              {t(`category.${name}`)}
            </option>
          ))}
        </Select>
      </div>
      <h2 className="hidden">{t("title")}</h2>
      <List
        list={deals}
        lines={12}
        empty={
          <Empty title={status || category ? t("noneFiltered") : t("none")}>
            {status || category ? (
              <Button look="secondary" onClick={() => setSearch({}, { replace: true })}>
                {t("showAll")}
              </Button>
            ) : (
              <LinkButton href="/concerts" look="secondary">
                {t("toConcerts")}
              </LinkButton>
            )}
          </Empty>
        }
      >
        {(rows) => (
          <div className="deal-cards">
            {rows.map((deal) => (
              <DealCard key={deal.id} deal={deal} />
            ))}
          </div>
        )}
      </List>
    </Page>
  );
}
