//! `POST /events/{event_id}/evaluate`: evaluates the conditions of an event without a claim.

use axum::extract::State;
use dibs_http::{Done, Json, Path, Route, UserOrOperator, axum, route};
use domain::Result;
use domain::conditions::Evaluation;
use domain::ids::{CampaignId, RewardId, UserId};
use runtime::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::services::claims::{evaluate, evaluated_user};

pub static ROUTE: Route = route!(
    /// Evaluates the conditions of an event and of its rewards, and writes nothing. Users ask for themselves;
    /// an operator names a user in `user_id`. Checks by an external service count against the caller's limit
    /// a minute. A repeat evaluates again.
    POST ["/events/{event_id}/evaluate"] "rewards-evaluate-campaign" evaluate_campaign,
    "Evaluate the conditions of an event for a user, without requesting anything",
    [TooManyRequests]
);

/// User to evaluate the conditions for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EvaluationSubject")]
pub struct EvaluationSubject {
    /// Id of the user, by default the caller. Only operators may name another user, and an account without
    /// the role USER must name one.
    pub user_id: Option<UserId>,
}

/// Evaluated conditions of an event for one user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventEvaluation {
    /// Id of the user that the conditions were evaluated for.
    pub user_id: UserId,
    /// Event's own condition, evaluated node by node.
    pub condition: Evaluation,
    /// Evaluated conditions of each reward, in which the event's condition and the reward's own are combined.
    pub rewards: Vec<RewardEvaluation>,
}

/// Evaluated condition of one reward, combined with the event's.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RewardEvaluation {
    /// Id of the reward that the condition belongs to.
    pub reward_id: RewardId,
    /// Event's condition and the reward's own, evaluated together node by node.
    pub condition: Evaluation,
}

async fn evaluate_campaign(
    State(app): State<App>,
    caller: UserOrOperator,
    Path(campaign): Path<CampaignId>,
    Json { value, .. }: Json<EvaluationSubject>,
) -> Result<Done<EventEvaluation>> {
    let user_id = evaluated_user(&caller, value.user_id)?;
    let evaluation = evaluate(&app, &caller.id, caller.reads_all(), &user_id, &campaign).await?;
    let shown = |evaluation: Evaluation| {
        if caller.reads_all() { evaluation } else { evaluation.without_reasons() }
    };
    let reward = |(reward_id, condition)| RewardEvaluation { reward_id, condition: shown(condition) };
    let rewards = evaluation.rewards.into_iter().map(reward).collect();
    Ok(Done(EventEvaluation { user_id, condition: shown(evaluation.campaign), rewards }))
}
