//! PATCH /events/requests

use axum::extract::State;
use domain::claims::Status;
use domain::ids::RewardId;
use edge::{App, Done, Json, OperatorNow, Result, Route, axum, route};
use futures::stream::{self, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claim_rewards::{Refused, refused};
use crate::decide_claim::{Action, Decision, decide};

/// The route.
pub static ROUTE: Route = route!(
    PATCH ["/events/requests"] "rewards-decide-claims" decide_claims,
    "Approve or reject up to 100 requests, each with its own outcome",
    []
);

/// Claims that are decided at a time.
const AT_A_TIME: usize = 10;

/// A decision about many requests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Which requests.
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 170)))]
    pub ids: Vec<String>,
    /// Approve or reject.
    pub action: Action,
    /// Why; it is kept in the audit of each.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
    /// Only lines of these rewards; all lines when absent.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub reward_ids: Vec<RewardId>,
}

/// What became of one request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DecisionOutcome {
    /// Which request.
    pub id: String,
    /// Where it stands now.
    pub status: Option<Status>,
    /// Why nothing was decided.
    pub error: Option<Refused>,
}

async fn decide_claims(
    State(app): State<App>,
    operator: OperatorNow,
    Json { value, .. }: Json<Decisions>,
) -> Result<Done<Vec<DecisionOutcome>>> {
    let decision = Decision { action: value.action, reason: value.reason, reward_ids: value.reward_ids };
    let decide_one = async |id: String| match decide(&app, &operator, &id, &decision).await {
        Ok(claim) => DecisionOutcome { id, status: Some(claim.status()), error: None },
        Err(error) => DecisionOutcome { id, status: None, error: Some(refused(error)) },
    };
    let outcomes = stream::iter(value.ids).map(decide_one);
    Ok(Done(outcomes.buffered(AT_A_TIME).collect().await))
}
