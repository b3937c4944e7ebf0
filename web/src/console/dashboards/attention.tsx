import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { hasRole, useSession } from "../../app/session";
import { Failure } from "../../ui/error";
import { Badge, Section } from "../../ui/page";

const REFRESH_MS = 15_000;
/** Entries that one page of a list has, which is as far as they are counted. */
const PAGE = 100;
/** Share of its stock below which a running deal is nearly sold out. */
const NEARLY = 0.1;

const full = { limit: PAGE };

/** Shows what waits for somebody: requests in review, running deals, queues. */
export function Attention() {
  const { t } = useTranslation("dashboards");
  const operator = hasRole(useSession(), "OPERATOR");
  const review = useQuery({
    queryKey: ["attention", "review"],
    queryFn: ({ signal }) =>
      client.page("/events/requests", { params: { query: { ...full, status: "in_review" } }, signal }),
    refetchInterval: REFRESH_MS,
  });
  const deals = useQuery({
    queryKey: ["attention", "deals"],
    queryFn: ({ signal }) => client.page("/timedeals", { params: { query: { ...full, status: "active" } }, signal }),
    refetchInterval: REFRESH_MS,
  });
  const queues = useQuery({
    queryKey: ["attention", "queues"],
    queryFn: ({ signal }) => client.page("/queues", { params: { query: full }, signal }),
    refetchInterval: REFRESH_MS,
    enabled: operator,
  });
  const amount = (page: { data: unknown[]; meta: { next_cursor?: string | null } } | undefined) =>
    page && (page.meta.next_cursor ? t("attention.atLeast", { amount: count(page.data.length) }) : count(page.data.length));
  const scarce = deals.data?.data.filter(
    ({ available_quantity, stock_quantity }) => available_quantity <= stock_quantity * NEARLY,
  ).length;
  const waiting = queues.data?.data.reduce((sum, queue) => sum + queue.waiting, 0);
  const paused = queues.data?.data.filter(({ status, waiting }) => status === "paused" && waiting > 0).length ?? 0;
  const failed = review.error ?? deals.error ?? queues.error;
  return (
    <Section title={t("attention.title")}>
      <Failure
        error={failed}
        retry={() => {
          for (const query of [review, deals, queues]) if (query.error) void query.refetch();
        }}
      />
      <ul className="attention">
        <Item href="/requests" name={t("attention.review")} value={amount(review.data)}>
          {review.data &&
            (review.data.data.length > 0 ? (
              <Badge tone="warn">{t("attention.decide")}</Badge>
            ) : (
              <Badge tone="good">{t("attention.nothing")}</Badge>
            ))}
        </Item>
        <Item href="/on-sale" name={t("attention.deals")} value={amount(deals.data)}>
          {scarce !== undefined &&
            (scarce > 0 ? (
              <Badge tone="warn">{t("attention.scarce", { deals: count(scarce) })}</Badge>
            ) : (
              <Badge tone="neutral">{t("attention.monitor")}</Badge>
            ))}
        </Item>
        {operator && (
          <Item href="/queues" name={t("attention.waiting")} value={waiting === undefined ? undefined : count(waiting)}>
            {queues.data &&
              (paused > 0 ? (
                <Badge tone="bad">{t("attention.paused", { queues: count(paused) })}</Badge>
              ) : (
                <Badge tone="neutral">{t("attention.queues", { queues: count(queues.data.data.length) })}</Badge>
              ))}
          </Item>
        )}
      </ul>
    </Section>
  );
}

function Item({ href, name, value, children }: { href: string; name: string; value: string | undefined; children: ReactNode }) {
  return (
    <li>
      <Link href={href} className="card">
        <span className="big number">{value ?? "\u00a0"}</span>
        <span>{name}</span>
        <span className="state">{children || "\u00a0"}</span>
      </Link>
    </li>
  );
}
