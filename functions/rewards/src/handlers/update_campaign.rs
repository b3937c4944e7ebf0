//! `PATCH /events/{event_id}`: changes an event, for operators.

use axum::extract::State;
use domain::campaigns::{Campaign, Changes, Review, Status};
use domain::claims::ClaimRoom;
use domain::conditions::Condition;
use domain::ids::{CampaignId, QueueId};
use domain::text::{Description, Title};
use domain::{BusyReason, Result, Timestamp};
use edge::{Done, Json, Operator, Path, Route, axum, double_option, route};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Saved, Try, retry};
use waiting_room::services::admission::check_queue;

use crate::views::campaign::CampaignView;

pub static ROUTE: Route = route!(
    /// Changes the fields that the body names. A repeat changes nothing more.
    PATCH ["/events/{event_id}"] "rewards-update-campaign" update_campaign, "Update an event", [Conflict]
);

/// Fields of the event to change. An omitted field keeps its value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EventUpdate")]
pub struct CampaignChanges {
    /// Display name of the event.
    #[schemars(with = "Title")]
    #[serde(default, deserialize_with = "double_option")]
    pub name: Option<Title>,
    /// Description to display; may be empty.
    #[schemars(with = "Description")]
    #[serde(default, deserialize_with = "double_option")]
    pub description: Option<Description>,
    /// Condition that a user must meet to request rewards.
    #[schemars(with = "Condition")]
    #[serde(default, deserialize_with = "double_option")]
    pub condition: Option<Condition>,
    /// Time from which rewards can be requested, in UTC.
    #[schemars(with = "Timestamp")]
    #[serde(default, deserialize_with = "double_option")]
    pub starts_at: Option<Timestamp>,
    /// Time before which rewards can be requested, in UTC.
    #[schemars(with = "Timestamp")]
    #[serde(default, deserialize_with = "double_option")]
    pub ends_at: Option<Timestamp>,
    /// IANA time zone that defines the days that conditions count, for example `Asia/Seoul`.
    #[schemars(with = "String", length(min = 1, max = 64))]
    #[serde(default, deserialize_with = "double_option")]
    pub time_zone: Option<String>,
    /// Status of the event. An event that has ended cannot become a draft.
    #[schemars(with = "Status")]
    #[serde(default, deserialize_with = "double_option")]
    pub status: Option<Status>,
    /// Review of new requests: automatic, or by an operator.
    #[schemars(with = "Review")]
    #[serde(default, deserialize_with = "double_option")]
    pub review: Option<Review>,
    /// Queue that guards requests for the rewards of the event from now on; null opens the event to every
    /// user.
    #[schemars(with = "Option<QueueId>")]
    #[serde(default, deserialize_with = "double_option")]
    pub queue_id: Option<Option<QueueId>>,
}

async fn update_campaign(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<CampaignId>,
    Json { value, .. }: Json<CampaignChanges>,
) -> Result<Done<CampaignView>> {
    let changes = Changes::from(value);
    check_queue(&app, changes.queue_id.as_ref().and_then(Option::as_ref)).await?;
    let attempt = async |()| {
        let (found, now) = (app.store().get_campaign_with_offers(&id).await?, app.now());
        let next = found.campaign.change(&changes, now)?;
        let room = |campaign: &Campaign| ClaimRoom::of(&campaign.condition, found.all_offers());
        room(&next).check(&room(&found.campaign), "condition")?;
        // An offer that somebody attaches meanwhile makes a version of the campaign, too.
        let is_done = next == found.campaign || app.store().save_campaign(&next).await? == Saved::Done;
        Ok(if is_done { Try::Done(CampaignView::at(&next, now)) } else { Try::Lost(()) })
    };
    Ok(Done(retry(BusyReason::Campaign, (), attempt).await?))
}

impl From<CampaignChanges> for Changes {
    fn from(changes: CampaignChanges) -> Self {
        Self {
            name: changes.name.map(Into::into),
            description: changes.description.map(Into::into),
            condition: changes.condition,
            starts_at: changes.starts_at,
            ends_at: changes.ends_at,
            time_zone: changes.time_zone,
            status: changes.status,
            review: changes.review,
            queue_id: changes.queue_id,
        }
    }
}
