import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { LinkButton } from "../../ui/button";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { RequestCard } from "./request_card";
import "./events.css";

/** Lists the user's claims, event by event. */
export default function Requests() {
  const { t } = useTranslation("events");
  const requests = useList(["requests", "mine"], (cursor, signal) =>
    client.page("/events/requests/mine", { params: { query: { limit: 20, cursor } }, signal }),
  );
  return (
    <Page
      title={t("requests.title")}
      actions={
        <LinkButton look="secondary" small href="/inventory">
          {t("inventory.title")}
        </LinkButton>
      }
    >
      <List
        list={requests}
        lines={10}
        empty={
          <Empty title={t("requests.none")}>
            <p>{t("requests.noneAdvice")}</p>
            <LinkButton href="/events">{t("event.all")}</LinkButton>
          </Empty>
        }
      >
        {(rows) => (
          <div className="stack">
            {rows.map((request) => (
              <RequestCard key={request.id} listed={request} />
            ))}
          </div>
        )}
      </List>
    </Page>
  );
}
