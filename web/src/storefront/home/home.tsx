import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { hasRole, useSession } from "../../app/session";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Empty, Loading, Page, Section } from "../../ui/page";
import { DealCard } from "../deals/deal_card";
import type { Deal } from "../deals/deal_state";
import { Concerts, Events } from "./offers";
import { OpenOrders } from "./open_orders";
import "./home.css";

const REFRESH_MS = 5_000;

/** Shows what there is now, and leads to an order, a seat and a reward. */
export function Home() {
  const { t } = useTranslation("home");
  const session = useSession();
  const deals = useQuery({
    queryKey: ["deals", "home"],
    queryFn: ({ signal }) => client.page("/timedeals", { params: { query: { limit: 4 } }, signal }),
    refetchInterval: REFRESH_MS,
  });
  const shown = deals.data?.data;
  return (
    <Page title={t("title")}>
      <p className="lead">{t("lead")}</p>
      <Ways deal={shown?.find(({ status }) => status === "active")} />
      {hasRole(session, "USER") && <OpenOrders />}
      <Section title={t("deals")} actions={<Link href="/deals">{t("allDeals")}</Link>}>
        <Failure error={deals.error} retry={() => void deals.refetch()} />
        {shown === undefined ? (
          !deals.error && <Loading lines={10} />
        ) : shown.length > 0 ? (
          <div className="deal-cards">
            {shown.map((deal) => (
              <DealCard key={deal.id} deal={deal} />
            ))}
          </div>
        ) : (
          <Empty title={t("noDeals")} />
        )}
      </Section>
      {session === null ? (
        <Section title={t("more")}>
          <div className="card">
            <div className="row">
              <p className="grow">{t("signInFor")}</p>
              <LinkButton href="/sign-in?next=%2F">{t("signIn")}</LinkButton>
              <LinkButton href="/sign-up" look="secondary">
                {t("signUp")}
              </LinkButton>
            </div>
          </div>
        </Section>
      ) : (
        <>
          <Section title={t("concerts")} actions={<Link href="/concerts">{t("allConcerts")}</Link>}>
            {session ? <Concerts /> : <Loading lines={3} />}
          </Section>
          <Section title={t("events")} actions={<Link href="/events">{t("allEvents")}</Link>}>
            {session ? <Events /> : <Loading lines={3} />}
          </Section>
        </>
      )}
    </Page>
  );
}

/** Names the three things to do here, each with where it begins. */
function Ways({ deal }: { deal: Deal | undefined }) {
  const { t } = useTranslation("home");
  const ways = [
    { id: "order", href: deal ? `/deals/${deal.id}` : "/deals" },
    { id: "seat", href: "/concerts" },
    { id: "reward", href: "/events" },
  ] as const;
  return (
    <ul className="ways">
      {ways.map(({ id, href }) => (
        <li key={id} className="card">
          <h2>{t(`ways.${id}.title`)}</h2>
          <p>{t(`ways.${id}.text`)}</p>
          <LinkButton href={href} look={id === "order" ? "primary" : "secondary"}>
            {t(`ways.${id}.go`)}
          </LinkButton>
        </li>
      ))}
    </ul>
  );
}
