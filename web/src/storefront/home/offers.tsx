import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { useNow } from "../../app/use_now";
import { Failure } from "../../ui/error";
import { Badge, Empty, Loading } from "../../ui/page";
import { TimeLeft } from "../../ui/time_left";

const SHOWN = 3;

/** Shows the first concerts. */
export function Concerts() {
  const { t } = useTranslation("home");
  const concerts = useQuery({
    queryKey: ["concerts", "home"],
    queryFn: ({ signal }) => client.get("/concerts", { params: { query: { limit: SHOWN } }, signal }),
  });
  return (
    <Offers found={concerts} none={t("noConcerts")}>
      {(concert) => (
        <Offer key={concert.id} href={`/concerts/${concert.id}`} name={concert.name} text={concert.description}>
          {concert.queue_id && <Badge tone="info">{t("waitingRoom")}</Badge>}
        </Offer>
      )}
    </Offers>
  );
}

/** Shows the first events that run. */
export function Events() {
  const { t } = useTranslation("home");
  const now = useNow();
  const events = useQuery({
    queryKey: ["events", "home"],
    queryFn: ({ signal }) => client.get("/events", { params: { query: { status: "active", limit: SHOWN } }, signal }),
  });
  return (
    <Offers found={events} none={t("noEvents")}>
      {(event) => (
        <Offer key={event.id} href={`/events/${event.id}`} name={event.name} text={event.description}>
          <small className="muted">
            {now < Date.parse(event.starts_at) ? (
              <>
                {t("startsIn")} <TimeLeft until={event.starts_at} />
              </>
            ) : (
              <>
                {t("endsIn")} <TimeLeft until={event.ends_at} />
              </>
            )}
          </small>
        </Offer>
      )}
    </Offers>
  );
}

function Offers<Found>({ found, none, children }: {
  found: { data: Found[] | undefined; error: unknown; refetch: () => unknown };
  none: string;
  children: (offer: Found) => ReactNode;
}) {
  if (!found.data) return found.error ? <Failure error={found.error} retry={() => void found.refetch()} /> : <Loading lines={3} />;
  if (found.data.length === 0) return <Empty title={none} />;
  return <div className="cards">{found.data.map(children)}</div>;
}

function Offer({ href, name, text, children }: { href: string; name: string; text: string; children: ReactNode }) {
  return (
    <article className="card offer">
      <h3>
        <Link href={href}>{name}</Link>
      </h3>
      {text && <p>{text}</p>}
      {children}
    </article>
  );
}
