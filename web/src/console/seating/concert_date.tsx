import { useQuery } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { count, day, money } from "../../app/format";
import { useLive } from "../../app/live";
import { hasRole, useAccount } from "../../app/session";
import { Failure } from "../../ui/error";
import { Fact, Loading, Notice, Page, Section } from "../../ui/page";
import { type MapSeat, SeatMap, type SeatState } from "../../ui/seat_map/seat_map";
import { Table } from "../../ui/table";
import { Numbers } from "./numbers";
import { among } from "./queue_data";
import { countBySection, sectionsOf } from "./seat_counts";
import { ShopLink } from "../sales/shop_link";

type Concert = Schemas["Concert"];
const NONE: ReadonlySet<string> = new Set();
const LEGEND = ["available", "held", "sold"] as const;

/** Shows a date with its seats by state, which follow every change. */
export default function ConcertDate({ id, date }: { id: string; date: string }) {
  const { t } = useTranslation(["seating", "common"]);
  const found = useQuery({
    queryKey: ["concerts", id],
    queryFn: ({ signal }) => client.get("/concerts/{concert_id}", { params: { path: { concert_id: id } }, signal }),
  });
  const dates = useQuery({
    queryKey: ["concerts", id, "dates", date],
    queryFn: async ({ signal }) => {
      const path = { concert_id: id };
      const all = client.items("/concerts/{concert_id}/dates", { params: { path, query: { limit: 100 } }, signal });
      return (await among(all, (one) => one.date === date))[0] ?? null;
    },
  });
  const title = /^\d{4}-\d\d-\d\d$/.test(date) ? day(date) : t("date.one");
  const error = found.error ?? dates.error;
  return (
    <Page
      title={found.data ? `${title} · ${found.data.name}` : title}
      heading={title}
      actions={
        <ShopLink href={`/concerts/${id}/${date}`} />
      }
    >
      {found.data && (
        <p>
          <Link href={`/concerts/${id}`}>{found.data.name}</Link> · {found.data.time_zone}
        </p>
      )}
      {error ? (
        <Failure error={error} retry={() => void Promise.all([found.refetch(), dates.refetch()])}>
          <Link href="/concerts">{t("concert.toList")}</Link>
        </Failure>
      ) : found.data && dates.data !== undefined ? (
        found.data.queue_id == null ? (
          <Seats concert={found.data} date={date} listed={dates.data} />
        ) : (
          <Guarded concert={found.data} listed={dates.data} />
        )
      ) : (
        <Loading lines={10} />
      )}
    </Page>
  );
}

/** Shows what staff see of a date that a queue guards: its sections, but no seats. */
function Guarded({ concert, listed }: { concert: Concert; listed: Schemas["ConcertDate"] | null }) {
  const { t } = useTranslation(["seating", "common"]);
  return (
    <>
      <Notice title={t("date.guarded")}>
        <p>
          {t("date.guardedAdvice")} <Link href={`/queues/${concert.queue_id}`}>{t("date.toQueue")}</Link>
        </p>
      </Notice>
      {listed ? (
        <Section title={t("date.sections")}>
          <Table
            caption={t("date.sections")}
            rows={listed.sections}
            id={(row) => row.name ?? ""}
            columns={[
              { id: "name", heading: t("layout.name"), cell: (row) => row.name ?? t("date.oneRow") },
              { id: "price", heading: t("date.price"), numeric: true, cell: (row) => money(row.price) },
              { id: "seats", heading: t("date.seats"), numeric: true, cell: (row) => count(row.seats) },
            ]}
          />
        </Section>
      ) : (
        <p>{t("date.notListed")}</p>
      )}
    </>
  );
}

function Seats({ concert, date, listed }: { concert: Concert; date: string; listed: Schemas["ConcertDate"] | null }) {
  const { t } = useTranslation(["seating", "common"]);
  const id = String(concert.id);
  const mayReadMap = hasRole(useAccount(), "USER");
  const path = { concert_id: id, date };
  const first = useQuery({
    queryKey: ["concerts", id, "live", date],
    queryFn: ({ signal }) => client.get("/concerts/{concert_id}/dates/{date}/seats/live", { params: { path }, signal }),
  });
  // The names of the seats never change, so they are read once.
  const map = useQuery({
    queryKey: ["concerts", id, "seats", date],
    queryFn: ({ signal }) => client.get("/concerts/{concert_id}/dates/{date}/seats", { params: { path }, signal }),
    enabled: mayReadMap,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [live, setLive] = useState<Schemas["LiveSeats"]>();
  useLive(first.data ? `concerts/${id}/dates/${date}/seats` : undefined, (state: Schemas["LiveSeats"]) => setLive(state));
  const state = live ?? first.data?.data ?? undefined;

  const seats = useMemo<MapSeat[] | undefined>(() => {
    if (map.data) {
      return map.data.seats.map(({ seat, section = null, row = null, price }) => ({ id: String(seat), section, row, price }));
    }
    // Seats of a single row are numbered, so they are known without the map.
    const only = listed?.sections.length === 1 ? listed.sections[0] : undefined;
    if (!only || only.name != null) return undefined;
    return Array.from({ length: only.seats }, (_, at) => ({ id: `${at + 1}`, section: null, row: null, price: only.price }));
  }, [map.data, listed]);
  const taken = state?.seats;
  const states = useMemo(() => new Map(Object.entries(taken ?? {}) as [string, SeatState][]), [taken]);

  const error = first.error ?? map.error;
  if (error) {
    const unknown = error instanceof ApiError && error.status === 404;
    return unknown ? (
      <Notice tone="warn" title={t("date.unknown")}>
        <p>
          {t("date.unknownAdvice")} <Link href={`/concerts/${id}`}>{t("date.toConcert")}</Link>
        </p>
      </Notice>
    ) : (
      <Failure error={error} retry={() => void Promise.all([first.refetch(), mayReadMap && map.refetch()])} />
    );
  }
  if (!state || (mayReadMap && !map.data)) return <Loading lines={10} />;
  const sections = listed?.sections ?? (map.data ? sectionsOf(map.data.seats) : []);
  const bySection = countBySection(sections, state.seats);
  const values = Object.values(state.seats);
  const held = values.filter((status) => status === "held").length;
  const sold = values.filter((status) => status === "sold").length;
  const total = state.available + values.length;
  return (
    <>
      <Numbers>
        {(
          [
            ["available", state.available],
            ["held", held],
            ["sold", sold],
            ["total", total],
          ] as const
        ).map(([name, value]) => (
          <Fact key={name} name={t(`date.count.${name}`)}>
            <span className="live big">{count(value)}</span>
          </Fact>
        ))}
      </Numbers>
      {seats ? (
        <Section title={t("date.map")}>
          <p className="muted">{t("date.mapNote")}</p>
          <SeatMap label={t("date.map")} seats={seats} states={states} selected={NONE} legend={LEGEND} />
        </Section>
      ) : (
        <Notice title={t("date.noMap")}>
          <p>{t("date.noMapAdvice")}</p>
        </Notice>
      )}
      {bySection.length > 0 && (
        <Section title={t("date.bySection")}>
          <Table
            caption={t("date.bySection")}
            rows={bySection}
            id={(row) => row.name ?? ""}
            columns={[
              { id: "name", heading: t("layout.name"), cell: (row) => row.name ?? t("date.oneRow") },
              { id: "price", heading: t("date.price"), numeric: true, cell: (row) => money(row.price) },
              ...(["seats", "available", "held", "sold"] as const).map((state) => ({
                id: state,
                heading: t(state === "seats" ? "date.seats" : `date.count.${state}`),
                numeric: true,
                cell: (row: (typeof bySection)[number]) => <span className="live">{count(row[state])}</span>,
              })),
            ]}
          />
        </Section>
      )}
    </>
  );
}
