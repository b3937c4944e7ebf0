//! `POST /events`: creates an event, for operators.

use axum::extract::State;
use dibs_http::{Created, Creation, IdempotencyKey, Json, Operator, Route, axum, create_idempotent, route};
use domain::campaigns::{Campaign, CampaignStatus, Review};
use domain::conditions::Condition;
use domain::ids::{CampaignId, QueueId};
use domain::text::{Description, Title};
use domain::{Result, Timestamp};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use waiting_room::services::admission::check_queue;

use crate::views::campaign::CampaignView;

pub static ROUTE: Route = route!(
    /// Creates an event, as a draft unless `status` says otherwise. Attach rewards to it with `POST
    /// /events/{event_id}/rewards`.
    POST ["/events"] "rewards-create-campaign" create_campaign, "Create an event", []
);

/// Event to create: a period in which users who meet its condition can request rewards.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EventCreate")]
pub struct NewCampaign {
    /// Display name of the event.
    pub name: Title,
    /// Description to display, empty by default.
    #[serde(default)]
    pub description: Description,
    /// Condition that a user must meet to request rewards. Without it every user meets it.
    #[serde(default = "Condition::always")]
    pub condition: Condition,
    /// Time from which rewards can be requested, in UTC.
    pub starts_at: Timestamp,
    /// Time before which rewards can be requested, in UTC.
    pub ends_at: Timestamp,
    /// IANA time zone that defines the days that conditions count, for example `Asia/Seoul`; `UTC` by
    /// default.
    #[schemars(length(min = 1, max = 64))]
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Status of the new event, `draft` by default.
    #[serde(default = "draft")]
    pub status: CampaignStatus,
    /// Whether an operator reviews the requests that meet the condition: `auto`, the default, grants them
    /// without a review, and `manual` leaves each to the decision of an operator.
    #[serde(default)]
    pub review: Review,
    /// Queue that guards requests for the rewards of the event. Null or absent leaves the event open to every
    /// user.
    #[serde(default)]
    pub queue_id: Option<QueueId>,
}

async fn create_campaign(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewCampaign>,
) -> Result<Created<CampaignView>> {
    let campaign = new.campaign(key.creation(&app, CampaignId::new, operator.id, &ROUTE, &fingerprint));
    let create = async |campaign: &Campaign| {
        campaign.check_new(app.now())?;
        check_queue(&app, campaign.queue_id.as_ref()).await?;
        app.store().create_campaign(campaign).await
    };
    let earlier = async |campaign: &Campaign| app.store().get_campaign_if_exists(&campaign.id).await;
    let created = create_idempotent(campaign, create, earlier).await?;
    Ok(Created(CampaignView::at(&created, app.now())))
}

impl NewCampaign {
    fn campaign(self, creation: Creation<CampaignId>) -> Campaign {
        Campaign {
            trail: domain::trail::Trail::default(),
            id: creation.id,
            name: self.name.into(),
            description: self.description.into(),
            condition: self.condition,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            time_zone: self.time_zone,
            status: self.status,
            review: self.review,
            queue_id: self.queue_id,
            deleted: false,
            closed_at: None,
            has_ended: false,
            created_at: creation.at,
            created_by: creation.by,
            request_fingerprint: creation.request_fingerprint,
            version: 1,
        }
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

const fn draft() -> CampaignStatus {
    CampaignStatus::Draft
}
