//! `POST /events/{event_id}/requests`: claims all available rewards of an event.

use crate::views::claim::{RefusedItem, refused};
use axum::extract::State;
use dibs_http::{Accepted, IdempotencyKey, NoBody, Path, QueueTokenHeader, Route, User, axum, route};
use domain::Result;
use domain::claims::LineStatus;
use domain::ids::{CampaignId, RewardId};
use runtime::App;
use schemars::JsonSchema;
use serde::Serialize;

use crate::services::claim_case::ClaimRequest;
use crate::services::claims::claim;
use crate::views::claim::{ClaimView, ClaimViewer};

pub static ROUTE: Route = route!(
    /// Requests each reward of the event for the caller and returns one outcome for each: accepted, or
    /// refused with a code. Accepted ones are granted shortly after, or reviewed by an operator. A repeat
    /// without an `Idempotency-Key` gets the outcome `ALREADY_REQUESTED` for a reward that was requested as
    /// often as allowed.
    POST ["/events/{event_id}/requests"] "rewards-claim-rewards" claim_rewards,
    "Request every reward of an event, each with its own outcome",
    [EmailNotConfirmed, EventNotActive, QueueTokenRequired, QueueTokenInvalid, QueueTokenExpired]
);

/// Result of a request for every reward of an event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimedRewards {
    /// Request as it is stored; null when no reward was accepted and nothing was recorded.
    pub request: Option<ClaimView>,
    /// Outcome for each reward of the event.
    pub outcomes: Vec<RewardOutcome>,
}

/// Outcome of a request for one reward.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RewardOutcome {
    /// Id of the reward that was requested.
    pub reward_id: RewardId,
    /// Status of the line, when it was accepted now or by the same request before; null when it was refused.
    pub status: Option<LineStatus>,
    /// Refusal of the reward; null when it was accepted.
    pub error: Option<RefusedItem>,
}

async fn claim_rewards(
    State(app): State<App>,
    user: User,
    key: IdempotencyKey,
    token: QueueTokenHeader,
    Path(campaign): Path<CampaignId>,
    _: NoBody,
) -> Result<Accepted<ClaimedRewards>> {
    user.check_email_confirmed(&app)?;
    let (former, user, key) = (&user.former, &user.id, key.0.as_deref());
    let asked = ClaimRequest { user, former, campaign: &campaign, reward: None, key, token: &token };
    let (stored, outcomes) = claim(&app, &asked).await?;
    let status =
        |line: usize| stored.as_ref().and_then(|claim| claim.lines.get(line)).map(|line| line.status);
    let outcomes = outcomes.into_iter().map(|(reward_id, outcome)| match outcome {
        Ok(line) => RewardOutcome { reward_id, status: status(line), error: None },
        Err(error) => RewardOutcome { reward_id, status: None, error: Some(refused(error)) },
    });
    let outcomes = outcomes.collect();
    let request = stored.as_ref().map(|claim| ClaimView::of(claim, ClaimViewer::Owner));
    Ok(Accepted(ClaimedRewards { request, outcomes }))
}
