//! `PATCH /events/requests/{request_id}`: approves or rejects line items of a claim, for operators.

use crate::services::decisions::{Decision, decide};
use axum::extract::State;
use edge::{IfMatch, Json, OperatorNow, Path, Result, Route, Versioned, axum, route};
use runtime::App;

use crate::views::claim::{ClaimDetails, Viewer};

pub static ROUTE: Route = route!(
    PATCH ["/events/requests/{request_id}"] "rewards-decide-claim" decide_claim,
    "Approve or reject the lines of a request that are in review",
    [NotInReview, OwnRequest, ChangedSince, RewardExpired]
);

async fn decide_claim(
    State(app): State<App>,
    operator: OperatorNow,
    Path(id): Path<String>,
    if_match: IfMatch,
    Json { value: decision, .. }: Json<Decision>,
) -> Result<Versioned<ClaimDetails>> {
    let claim = decide(&app, &operator, &id, &decision, if_match.0).await?;
    Ok(Versioned(claim.version, ClaimDetails::of(&claim, Viewer::Staff)))
}
