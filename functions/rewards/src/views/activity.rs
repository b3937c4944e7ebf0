//! Response types for activities and progress.

use domain::Timestamp;
use domain::activities::{Activity, ActivityType, OutsideId};
use domain::conditions::Evaluation;
use domain::ids::CampaignId;
use schemars::JsonSchema;
use serde::Serialize;

/// Activity that was recorded for the caller.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivityEntry")]
pub struct ActivityView {
    /// Type of the activity, to which conditions refer.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// Time of the activity, in UTC.
    pub occurred_at: Timestamp,
    /// Reference to the object of the activity, for example the invited friend; null when none was sent.
    #[serde(rename = "ref")]
    pub reference: Option<OutsideId>,
    /// Id of the activity, unique for this user and type.
    pub activity_id: OutsideId,
}

/// Progress of the caller in an event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventProgress")]
pub struct CampaignProgress {
    /// Id of the event that the progress is made in.
    pub event_id: CampaignId,
    /// Display name of the event.
    pub event_name: String,
    /// Condition of the event, evaluated for the caller. The result of a node that an outside service
    /// decides is null.
    pub condition: Evaluation,
}

/// Recent activities of the caller and their progress in events.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyActivities {
    /// Newest activities, newest first, at most 100.
    pub activities: Vec<ActivityView>,
    /// Progress in the newest active events, at most 100.
    pub progress: Vec<CampaignProgress>,
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
