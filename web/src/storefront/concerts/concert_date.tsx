import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { day } from "../../app/format";
import { isMissing } from "../../app/query";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { NotFound } from "../../ui/not_found";
import { Loading, Page } from "../../ui/page";
import { Guarded } from "../waiting_room/admission";
import { concertQuery } from "./queries";
import { SeatChoice } from "./seat_choice";
import "./concerts.css";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Shows the seats of a date. A queue that guards the concert leads through its waiting room first. */
export default function ConcertDate({ id, date }: { id: string; date: string }) {
  const { t } = useTranslation("concerts");
  const concert = useQuery(concertQuery(id));
  if (isMissing(concert.error) || !DAY.test(date) || Number.isNaN(Date.parse(date))) return <NotFound />;
  const name = concert.data?.name ?? t("list.title");
  return (
    <Page
      title={`${name}, ${day(date)}`}
      heading={
        <>
          {name} <small className="muted concert-day">{day(date)}</small>
        </>
      }
      actions={
        <LinkButton look="secondary" small href={`/concerts/${id}`}>
          {t("toDates")}
        </LinkButton>
      }
    >
      <Failure error={concert.error} retry={() => void concert.refetch()} />
      {!concert.data && !concert.error && <Loading lines={14} />}
      {concert.data && (
        <Guarded queueId={concert.data.queue_id}>
          {(admitted) => <SeatChoice key={`${id}/${date}`} concert={concert.data} date={date} admitted={admitted} />}
        </Guarded>
      )}
    </Page>
  );
}
