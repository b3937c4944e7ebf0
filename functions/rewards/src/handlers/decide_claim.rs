//! `PATCH /events/requests/{request_id}`: approves or rejects line items of a claim, for operators.

use crate::services::decisions::{RequestDecision, decide};
use axum::extract::State;
use dibs_http::{IfMatch, Json, OperatorNow, Path, Route, Versioned, axum, route};
use domain::Result;
use runtime::App;

use crate::views::claim::{ClaimDetails, ClaimViewer};

pub static ROUTE: Route = route!(
    /// Approves or rejects the lines of a request that are in review: all of them, or those that the body names.
    /// Approved lines are granted shortly after; the unit of a rejected one returns to the stock. Send the `ETag`
    /// of the request in `If-Match` to decide on the version that was read. A repeat of the same decision by the
    /// same operator changes nothing more.
    PATCH ["/events/requests/{request_id}"] "rewards-decide-claim" decide_claim,
    "Approve or reject the lines of a request that are in review",
    [NotInReview, OwnRequest, ChangedSince, RewardExpired]
);

async fn decide_claim(
    State(app): State<App>,
    operator: OperatorNow,
    Path(id): Path<String>,
    if_match: IfMatch,
    Json { value: decision, .. }: Json<RequestDecision>,
) -> Result<Versioned<ClaimDetails>> {
    let claim = decide(&app, &operator, &id, &decision, if_match.0).await?;
    Ok(Versioned(claim.version, ClaimDetails::of(&claim, ClaimViewer::Staff)))
}
