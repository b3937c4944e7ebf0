//! `POST /events/{event_id}/evaluate`: evaluates the conditions of an event without a claim.

use axum::extract::State;
use domain::conditions::Evaluation;
use domain::ids::{CampaignId, RewardId, UserId};
use edge::{App, Done, Json, Path, Result, Route, UserOrOperator, axum, route};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claiming::{evaluate, subject};

pub static ROUTE: Route = route!(
    POST ["/events/{event_id}/evaluate"] "rewards-evaluate-campaign" evaluate_campaign,
    "See how the conditions of an event stand, without requesting anything",
    [TooManyRequests]
);

/// For whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The user; oneself when absent.
    pub user_id: Option<UserId>,
}

/// How the conditions of an event stand.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventEvaluation {
    /// Whose.
    pub user_id: UserId,
    /// The event's own condition, node by node.
    pub condition: Evaluation,
    /// For each reward, the event's condition together with the reward's own.
    pub rewards: Vec<RewardEvaluation>,
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
) -> Result<Done<EventEvaluation>> {
    let user_id = subject(&caller, value.user_id)?;
    let standing = evaluate(&app, &caller.id, caller.reads_all(), &user_id, &campaign).await?;
    let shown = |evaluation: Evaluation| {
        if caller.reads_all() { evaluation } else { evaluation.without_reasons() }
    };
    let reward = |(reward_id, condition)| RewardEvaluation { reward_id, condition: shown(condition) };
    let rewards = standing.rewards.into_iter().map(reward).collect();
    Ok(Done(EventEvaluation { user_id, condition: shown(standing.campaign), rewards }))
}
