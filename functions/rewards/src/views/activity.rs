//! Response types for activities and progress.

use domain::Timestamp;
use domain::activities::{Activity, ActivityType, OutsideId};
use domain::conditions::Evaluation;
use domain::ids::CampaignId;
use schemars::JsonSchema;
use serde::Serialize;

/// Something that the user did.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivityEntry")]
pub struct ActivityView {
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What it was done to.
    #[serde(rename = "ref")]
    pub reference: Option<OutsideId>,
    /// Names it among those of its type.
    pub activity_id: OutsideId,
}

/// How far the user has come in an event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Progress {
    /// In which event.
    pub event_id: CampaignId,
    /// Its name.
    pub event_name: String,
    /// Its evaluated condition; what only an outside service can tell stays null.
    pub condition: Evaluation,
}

/// What the user did lately, and how far that has brought them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyActivities {
    /// The newest 100, newest first.
    pub activities: Vec<ActivityView>,
    /// Event by event, for the newest 100 that are active.
    pub progress: Vec<Progress>,
}

impl From<Activity> for ActivityView {
    fn from(activity: Activity) -> Self {
        Self {
            kind: activity.kind,
            occurred_at: activity.occurred_at,
            reference: activity.reference,
            activity_id: activity.activity_id,
        }
    }
}
