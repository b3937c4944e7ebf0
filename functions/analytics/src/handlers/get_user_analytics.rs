//! `GET /analytics/users`: new and active users and the rate of participation, for staff.

use dibs_http::axum::extract::State;
use dibs_http::{Query, Reader, Route, route};
use domain::Result;
use domain::analytics::{PARTICIPANTS, PeriodBucket, Topic};
use domain::ids::CampaignId;
use runtime::App;

use crate::services::periods::{TopicFigures, analytics_query, named};
use crate::views::timeline::{AnalyticsReply, Timeline, shown};
use crate::views::users::{UserAnalytics, UserFigures};

pub static ROUTE: Route = route!(
    /// Returns new users, active users and participants in a period: in total, and by hour or day; and, for one
    /// event, the share of the registered users that took part. With `format=csv` it returns the timeline alone.
    GET ["/analytics/users"] "analytics-get-user-analytics" get_user_analytics,
    "Get the figures of users: participation rate, active and new users, timeline",
    []
);

/// Longest period of which the distinct active users are known, in seconds: a day of 25 hours.
const ACTIVE_WITHIN_SECONDS: i64 = 25 * 60 * 60;

analytics_query! {
    /// Query of the figures of users.
    UserAnalyticsQuery {
        /// Event whose participants are counted. Without it those of all events are, once for each event.
        event_id: Option<CampaignId>,
    }
}

async fn get_user_analytics(
    State(app): State<App>,
    _: Reader,
    Query(query): Query<UserAnalyticsQuery>,
) -> Result<AnalyticsReply<UserAnalytics>> {
    let one = match &query.event_id {
        Some(id) => Some(named("event_id", app.store().get_campaign(id).await)?),
        None => None,
    };
    let period = query.period().resolve(&app, one.as_ref().map(|one| &*one.time_zone))?;
    let topic = one.as_ref().map_or(Topic::Campaigns, |one| Topic::Campaign(one.id.clone()));
    let requests = TopicFigures::read(&app, &topic, &period).await?;
    let users = TopicFigures::read(&app, &Topic::Users, &period).await?;
    let timeline = Timeline::of(&users, |series, part| UserFigures {
        new_users: shown(series.new_users(part)),
        active_users: is_short(part).then(|| shown(series.active_users(part))),
        participants: shown(requests.series.sum(part).get(PARTICIPANTS)),
    });
    let registered_users = shown(app.store().count_accounts_eventual().await?);
    #[expect(clippy::cast_precision_loss, reason = "a rate of 2^53 users is precise enough")]
    let rate = |participants: u64| participants as f64 / registered_users as f64;
    let is_known = one.is_some() && registered_users > 0;
    let participation_rate = is_known.then(|| rate(timeline.totals.participants).min(1.0));
    let body = UserAnalytics { timeline, registered_users, participation_rate };
    AnalyticsReply::of(query.format, "users", body, |body| &body.timeline)
}

fn is_short(part: &PeriodBucket) -> bool {
    part.end.as_seconds() - part.start.as_seconds() <= ACTIVE_WITHIN_SECONDS
}
