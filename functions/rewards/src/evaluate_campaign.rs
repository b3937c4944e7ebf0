//! POST /events/{event_id}/evaluate

use axum::extract::State;
use domain::conditions::Evaluation;
use domain::ids::{CampaignId, RewardId, UserId};
use edge::{App, Done, Json, Path, Result, Route, UserOrOperator, axum, route};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claiming::{evaluate, subject};

/// The route.
pub static ROUTE: Route = route!(
    POST ["/events/{event_id}/evaluate"] "rewards-evaluate-campaign" evaluate_campaign,
    "See how the conditions of an event stand, without requesting anything",
    []
);

/// For whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The user; oneself when absent.
    pub user_id: Option<UserId>,
}

/// How the condition of one reward stands, the event's own included.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RewardEvaluation {
    /// Which reward.
    pub reward_id: RewardId,
    /// The evaluated condition.
    pub condition: Evaluation,
}

async fn evaluate_campaign(
    State(app): State<App>,
    caller: UserOrOperator,
    Path(campaign): Path<CampaignId>,
    Json { value, .. }: Json<Subject>,
) -> Result<Done<Vec<RewardEvaluation>>> {
    let user = subject(&caller, value.user_id)?;
    let evaluations = evaluate(&app, &user, &campaign).await?;
    let views = evaluations.into_iter().map(|(reward_id, condition)| RewardEvaluation { reward_id, condition });
    Ok(Done(views.collect()))
}
