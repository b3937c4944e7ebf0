//! `PATCH /events/requests`: approves or rejects up to 100 claims, for operators.

use axum::extract::State;
use dibs_http::{Done, Json, OperatorNow, Route, axum, route};
use domain::Result;
use domain::claims::{LineName, LineStatus};
use domain::ids::RewardId;
use domain::text::Title;
use futures::stream::{self, StreamExt};
use runtime::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::services::decisions::{Action, RequestDecision, decide};
use crate::views::claim::{RefusedItem, refused};

pub static ROUTE: Route = route!(
    /// Decides about each request by itself and returns an outcome or a refusal for each, in the order of `ids`. An
    /// entry with a `version` is decided only if the request still has it. A repeat of the same decisions by the
    /// same operator changes nothing more.
    PATCH ["/events/requests"] "rewards-decide-claims" decide_claims,
    "Approve or reject up to 100 requests, each with its own outcome",
    []
);

/// Number of claims that are decided concurrently.
const AT_A_TIME: usize = 10;

/// Decision on up to 100 requests, with its reason.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RequestDecisions")]
pub struct Decisions {
    /// Requests to decide on, 1 to 100: each an id, or an id with the version that the decision is based on.
    #[schemars(length(min = 1, max = 100))]
    pub ids: Vec<RequestName>,
    /// Decision to take: approve or reject.
    pub action: Action,
    /// Internal reason, kept in the audit of each request. Staff see it; the users do not.
    pub reason: Title,
    /// Message that the users see with the decision; null or absent for none.
    pub message: Option<Title>,
    /// Ids of the rewards, at most 100, to limit the decision to their lines. If `lines` is empty as well, it
    /// applies to every line in review.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub reward_ids: Vec<RewardId>,
    /// Lines to limit the decision to, at most 100 names of a reward and a number. They apply to each
    /// request.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub lines: Vec<LineName>,
}

/// Request to decide on: its id alone, or its id with a version.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum RequestName {
    /// Id of the request, to decide on it in any version.
    Id(#[schemars(length(min = 1, max = 170))] String),
    /// Id and version of the request, to decide only if it has not changed.
    Seen(SeenRequest),
}

/// Request in the version that the decision is based on. If it has changed since, it is refused with
/// `CHANGED_SINCE`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SeenRequest {
    /// Id of the request.
    #[schemars(length(min = 1, max = 170))]
    pub id: String,
    /// Value of `version` in the request that was read.
    pub version: u64,
}

/// Outcome of the decision on one request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestDecisionOutcome")]
pub struct DecisionOutcome {
    /// Id of the request.
    pub id: String,
    /// Present status of the request; null when nothing was decided.
    pub status: Option<LineStatus>,
    /// Refusal of the decision on this request; null when it was decided.
    pub error: Option<RefusedItem>,
}

async fn decide_claims(
    State(app): State<App>,
    operator: OperatorNow,
    Json { value, .. }: Json<Decisions>,
) -> Result<Done<Vec<DecisionOutcome>>> {
    let Decisions { ids, action, reason, message, reward_ids, lines } = value;
    let decision = RequestDecision { action, reason, message, reward_ids, lines };
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
