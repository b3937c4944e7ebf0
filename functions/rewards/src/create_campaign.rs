//! `POST /events`: creates an event, for operators.

use axum::extract::State;
use domain::campaigns::{Campaign, Review, Status};
use domain::conditions::Condition;
use domain::ids::{CampaignId, QueueId, UserId};
use domain::text::{Description, Title};
use domain::{Result as DomainResult, Timestamp};
use edge::{
    App, Created, IdempotencyKey, Json, Operator, Result, Route, axum, check_queue, first, repeated, route,
};
use schemars::JsonSchema;
use serde::Deserialize;
use store::Saved;

use crate::views::campaign::CampaignView;

pub static ROUTE: Route =
    route!(POST ["/events"] "rewards-create-campaign" create_campaign, "Create an event", []);

/// An event to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// For people.
    pub name: Title,
    /// For people.
    #[serde(default)]
    pub description: Description,
    /// What a user must have done; nothing when absent.
    #[serde(default = "Condition::always")]
    pub condition: Condition,
    /// Can be claimed from here on.
    pub starts_at: Timestamp,
    /// Can be claimed before this.
    pub ends_at: Timestamp,
    /// The IANA zone whose calendar decides what a day is, like `Asia/Seoul`.
    #[schemars(length(min = 1, max = 64))]
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Draft when absent.
    #[serde(default = "draft")]
    pub status: Status,
    /// Who decides about requests.
    #[serde(default)]
    pub review: Review,
    /// The queue that requests are behind; none when absent.
    #[serde(default)]
    pub queue_id: Option<QueueId>,
}

async fn create_campaign(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewCampaign>,
) -> Result<Created<CampaignView>> {
    let id = CampaignId::new(key.id(&app, &[operator.id.as_str(), ROUTE.name]));
    let campaign = new.campaign(id, operator.id, key.mark(&fingerprint), app.now());
    let created = match create(&app, &campaign).await {
        Ok(saved) => first(saved, campaign, mark)?,
        Err(error) => repeated(error, &campaign, app.store().find_campaign(&campaign.id), mark).await?,
    };
    Ok(Created(CampaignView::at(&created, app.now())))
}

fn mark(campaign: &Campaign) -> Option<&str> {
    campaign.mark.as_deref()
}

async fn create(app: &App, campaign: &Campaign) -> DomainResult<Saved<Campaign>> {
    campaign.check_new(app.now())?;
    check_queue(app, campaign.queue_id.as_ref()).await?;
    app.store().create_campaign(campaign).await
}

impl NewCampaign {
    fn campaign(self, id: CampaignId, by: UserId, mark: Option<String>, now: Timestamp) -> Campaign {
        Campaign {
            id,
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
            created_at: now,
            created_by: by,
            mark,
            version: 1,
        }
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

const fn draft() -> Status {
    Status::Draft
}
