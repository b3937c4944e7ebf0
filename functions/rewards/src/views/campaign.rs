//! Response type for events.

use domain::Timestamp;
use domain::campaigns::{Campaign, Review, Status};
use domain::conditions::Condition;
use domain::ids::{CampaignId, QueueId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

/// An event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub struct CampaignView {
    /// Its id.
    pub id: CampaignId,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// What a user must have done.
    pub condition: Condition,
    /// Can be claimed from here on.
    pub starts_at: Timestamp,
    /// Can be claimed before this.
    pub ends_at: Timestamp,
    /// Whose calendar decides what a day is.
    pub time_zone: String,
    /// Its status now: an active event whose period is over has ended.
    pub status: Status,
    /// Who decides about requests.
    pub review: Review,
    /// The queue that requests are behind.
    pub queue_id: Option<QueueId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
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
