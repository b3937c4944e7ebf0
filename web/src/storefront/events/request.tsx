import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { NotFound } from "../../ui/not_found";
import { Loading, Page } from "../../ui/page";
import { eventQuery, requestQuery } from "./queries";
import { RequestCard } from "./request_card";
import "./events.css";

/** Shows one claim, to which mails about it lead. */
export default function Request({ id }: { id: string }) {
  const { t } = useTranslation("events");
  const request = useQuery(requestQuery(id));
  const event = useQuery({ ...eventQuery(String(request.data?.event_id)), enabled: request.data != null });
  if (request.data === null) return <NotFound />;
  return (
    <Page
      title={event.data?.name ?? t("requests.one")}
      actions={
        <LinkButton look="secondary" small href="/requests">
          {t("requests.title")}
        </LinkButton>
      }
    >
      <Failure error={request.error} retry={() => void request.refetch()} />
      {request.data ? <RequestCard listed={request.data} level={1} /> : !request.error && <Loading lines={6} />}
    </Page>
  );
}
