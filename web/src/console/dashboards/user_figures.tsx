import { useTranslation } from "react-i18next";
import { count, percent } from "../../app/format";
import { Chart } from "../../ui/chart/chart";
import { EventSelect } from "./choices";
import { useAddress } from "./figures";
import { FiguresPage } from "./figures_page";
import { beforeEach } from "./period";
import { Tile, Tiles } from "./tiles";
import { dayHour, weekday } from "./zoned";

/** Shows new users, active users and participants. */
export default function UserFigures() {
  const { t } = useTranslation("dashboards");
  const [get] = useAddress();
  const event = get("event");
  return (
    <FiguresPage
      title={t("title.users")}
      path="/analytics/users"
      filter={{ event_id: event }}
      filters={<EventSelect />}
      isEmpty={({ totals, timeline }) =>
        totals.new_users + totals.participants === 0 && timeline.every(({ active_users }) => !active_users)
      }
    >
      {({ data, before, axis, state: { zone, periods } }) => {
        const timeline = data?.timeline ?? [];
        const active = timeline.map(({ active_users }) => active_users ?? null);
        const most = active.reduce<number>((max, users) => Math.max(max, users ?? 0), 0);
        const mostAt = timeline[active.indexOf(most)]?.start;
        const at = mostAt && zone && (periods?.shown.bucket === "hour" ? dayHour : weekday)(Date.parse(mostAt), zone);
        const whole = data?.totals.active_users;
        return (
          <>
            <Tiles label={t("totals")}>
              <Tile name={t("users.new")} value={data?.totals.new_users} before={before?.totals.new_users} show={count} />
              {data && whole == null ? (
                <Tile name={t("users.mostActive")} value={most} show={count} hint={most > 0 ? at : t("users.mostActiveNone")} />
              ) : (
                <Tile name={t("users.active")} value={whole} before={before?.totals.active_users} show={count} />
              )}
              <Tile
                name={t("events.participants")}
                value={data?.totals.participants}
                before={before?.totals.participants}
                show={count}
                {...(event === undefined && { hint: t("users.participantsHint") })}
              />
              <Tile name={t("users.registered")} value={data?.registered_users} show={count} hint={t("users.registeredHint")} />
              <Tile
                name={t("users.rate")}
                value={data && (data.participation_rate ?? null)}
                show={(share) => percent(share, 1)}
                hint={event === undefined ? t("users.rateHint") : t("users.rateOf")}
              />
            </Tiles>
            <Chart
              {...axis}
              title={t("users.active")}
              value={count}
              series={[{ label: t("users.active"), values: active, tone: "1", form: "bar" }]}
            />
            <div className="dashboard-columns">
              <Chart
                {...axis}
                title={t("users.new")}
                value={count}
                height={200}
                series={[
                  { label: t("users.new"), values: timeline.map(({ new_users }) => new_users), tone: "3", form: "bar" },
                  {
                    label: t("beforeSeries"),
                    values: beforeEach(timeline, before?.timeline ?? [], ({ new_users }) => new_users),
                    tone: "before",
                    look: "dashed",
                  },
                ]}
              />
              <Chart
                {...axis}
                title={t("events.participants")}
                value={count}
                height={200}
                series={[
                  { label: t("events.participants"), values: timeline.map(({ participants }) => participants), tone: "4", form: "bar" },
                  {
                    label: t("beforeSeries"),
                    values: beforeEach(timeline, before?.timeline ?? [], ({ participants }) => participants),
                    tone: "before",
                    look: "dashed",
                  },
                ]}
              />
            </div>
            <p className="muted">{t("users.note")}</p>
          </>
        );
      }}
    </FiguresPage>
  );
}
