//! `PATCH /events/requests`: approves or rejects up to 100 claims, for operators.

use axum::extract::State;
use domain::claims::{LineName, Status};
use domain::ids::RewardId;
use domain::text::Title;
use edge::{App, Done, Json, OperatorNow, Result, Route, axum, route};
use futures::stream::{self, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claim_rewards::{Refused, refused};
use crate::decide_claim::{Action, Decision, decide};

pub static ROUTE: Route = route!(
    PATCH ["/events/requests"] "rewards-decide-claims" decide_claims,
    "Approve or reject up to 100 requests, each with its own outcome",
    []
);

/// Number of claims that are decided concurrently.
const AT_A_TIME: usize = 10;

/// A decision about many requests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// The requests: an id, or an id with the version that was decided on.
    #[schemars(length(min = 1, max = 100))]
    pub ids: Vec<RequestName>,
    /// Approve or reject.
    pub action: Action,
    /// Why, for staff: it is kept in the audit of each, and the users do not see it.
    pub reason: Title,
    /// What the users are told.
    pub message: Option<Title>,
    /// Only lines of these rewards; with `lines` absent too, all lines that wait for a review.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub reward_ids: Vec<RewardId>,
    /// Only these lines, of each request.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub lines: Vec<LineName>,
}

/// A request to decide about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum RequestName {
    /// Whatever it has become since it was read.
    Id(#[schemars(length(min = 1, max = 170))] String),
    /// As it was read.
    Seen(SeenRequest),
}

/// A request in the version that was decided on: another one is refused with `CHANGED_SINCE`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SeenRequest {
    /// Id of the request.
    #[schemars(length(min = 1, max = 170))]
    pub id: String,
    /// Its `version`.
    pub version: u64,
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
    let Decisions { ids, action, reason, message, reward_ids, lines } = value;
    let decision = Decision { action, reason, message, reward_ids, lines };
    let decide_one = async |name: RequestName| {
        let (id, version) = match name {
            RequestName::Id(id) => (id, None),
            RequestName::Seen(seen) => (seen.id, Some(seen.version)),
        };
        match decide(&app, &operator, &id, &decision, version).await {
            Ok(claim) => DecisionOutcome { id, status: Some(claim.status()), error: None },
            Err(error) => DecisionOutcome { id, status: None, error: Some(refused(error)) },
        }
    };
    let outcomes = stream::iter(ids).map(decide_one);
    Ok(Done(outcomes.buffered(AT_A_TIME).collect().await))
}
