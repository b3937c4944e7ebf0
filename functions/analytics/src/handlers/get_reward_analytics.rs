//! `GET /analytics/rewards`: requests for rewards by type and status, for staff.

use dibs_http::axum::extract::State;
use dibs_http::{Query, Reader, Route, route};
use domain::Result;
use domain::analytics::Topic;
use domain::ids::CampaignId;
use domain::rewards::RewardKind;
use runtime::App;

use crate::services::periods::{TopicFigures, analytics_query, named};
use crate::views::requests::{RewardAnalytics, RewardFigures};
use crate::views::timeline::{AnalyticsReply, Timeline};

pub static ROUTE: Route = route!(
    /// Returns the requests for rewards in a period by type of the reward and by status: in total, and by hour or
    /// day. With `format=csv` it returns the timeline alone.
    GET ["/analytics/rewards"] "analytics-get-reward-analytics" get_reward_analytics,
    "Get the figures of rewards: by type, requests by status, timeline",
    []
);

analytics_query! {
    /// Query of the figures of rewards.
    RewardAnalyticsQuery {
        /// Event to which the figures are limited. Without it they are those of all events.
        event_id: Option<CampaignId>,
        /// Type of the rewards to which the figures are limited. Without it they are those of every type.
        reward_type: Option<RewardKind>,
    }
}

async fn get_reward_analytics(
    State(app): State<App>,
    _: Reader,
    Query(query): Query<RewardAnalyticsQuery>,
) -> Result<AnalyticsReply<RewardAnalytics>> {
    let one = match &query.event_id {
        Some(id) => Some(named("event_id", app.store().get_campaign(id).await)?),
        None => None,
    };
    let period = query.period().resolve(&app, one.as_ref().map(|one| &*one.time_zone))?;
    let topic = one.map_or(Topic::Campaigns, |one| Topic::Campaign(one.id));
    let found = TopicFigures::read(&app, &topic, &period).await?;
    let kind = query.reward_type;
    let body =
        RewardAnalytics(Timeline::of(&found, |series, part| RewardFigures::of(&series.sum(part), kind)));
    AnalyticsReply::of(query.format, "rewards", body, |body| &body.0)
}
