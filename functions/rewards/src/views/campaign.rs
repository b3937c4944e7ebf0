//! Response type for events.

use domain::Timestamp;
use domain::campaigns::{Campaign, CampaignStatus, Review};
use domain::conditions::Condition;
use domain::ids::{CampaignId, QueueId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

/// Event: a period in which users who meet its condition can request rewards.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub struct CampaignView {
    /// Id of the event.
    pub id: CampaignId,
    /// Display name of the event.
    pub name: String,
    /// Description to display; may be empty.
    pub description: String,
    /// Condition that a user must meet to request rewards.
    pub condition: Condition,
    /// Time from which rewards can be requested, in UTC.
    pub starts_at: Timestamp,
    /// Time before which rewards can be requested, in UTC.
    pub ends_at: Timestamp,
    /// IANA time zone that defines the days that conditions count, for example `Asia/Seoul`.
    pub time_zone: String,
    /// Present status. An active event is shown as ended once its period is over.
    pub status: CampaignStatus,
    /// Whether an operator reviews the requests that meet the condition: not with `auto`, each of them
    /// with `manual`.
    pub review: Review,
    /// Queue that guards requests for the rewards of the event; null when the event is open to every user.
    pub queue_id: Option<QueueId>,
    /// Creation time of the event, in UTC.
    pub created_at: Timestamp,
    /// Id of the operator who created the event.
    pub created_by: UserId,
}

impl CampaignView {
    /// Builds the response for `campaign` with its status at `now`.
    pub fn at(campaign: &Campaign, now: Timestamp) -> Self {
        Self {
            id: campaign.id.clone(),
            name: campaign.name.clone(),
            description: campaign.description.clone(),
            condition: campaign.condition.clone(),
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
            time_zone: campaign.time_zone.clone(),
            status: campaign.status_at(now),
            review: campaign.review,
            queue_id: campaign.queue_id.clone(),
            created_at: campaign.created_at,
            created_by: campaign.created_by.clone(),
        }
    }
}
