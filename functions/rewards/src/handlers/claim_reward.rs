//! `POST /events/{event_id}/requests/{reward_id}`: claims one reward of an event.

use axum::extract::State;
use dibs_http::{Accepted, IdempotencyKey, NoBody, Path, QueueTokenHeader, Route, User, axum, route};
use domain::ids::{CampaignId, RewardId};
use domain::{Error, Result};
use runtime::App;

use crate::services::claim_case::ClaimRequest;
use crate::services::claims::claim;
use crate::views::claim::{ClaimView, ClaimViewer};

pub static ROUTE: Route = route!(
    /// Accepts the request, and grants the reward shortly after unless an operator reviews it; `GET
    /// /events/requests/{request_id}` shows the outcome. A repeat without an `Idempotency-Key` gets
    /// `ALREADY_REQUESTED` once the reward was requested as often as allowed. A request that is refused
    /// because of a condition is recorded, and may be repeated when the user meets it.
    POST ["/events/{event_id}/requests/{reward_id}"] "rewards-claim-reward" claim_reward,
    "Request one reward of an event",
    [
        EmailNotConfirmed,
        AlreadyRequested,
        ConditionNotMet,
        ConditionUnavailable,
        OutOfStock,
        EventNotActive,
        RewardExpired,
        TooManyRequests,
        QueueTokenRequired,
        QueueTokenInvalid,
        QueueTokenExpired
    ]
);

async fn claim_reward(
    State(app): State<App>,
    user: User,
    key: IdempotencyKey,
    token: QueueTokenHeader,
    Path((campaign, reward)): Path<(CampaignId, RewardId)>,
    _: NoBody,
) -> Result<Accepted<ClaimView>> {
    user.check_email_confirmed(&app)?;
    let (former, user, key) = (&user.former, &user.id, key.0.as_deref());
    let asked = ClaimRequest { user, former, campaign: &campaign, reward: Some(&reward), key, token: &token };
    let (stored, outcomes) = claim(&app, &asked).await?;
    for (_, outcome) in outcomes {
        outcome?;
    }
    let stored = stored.ok_or_else(|| Error::internal("an accepted claim is not stored"))?;
    Ok(Accepted(ClaimView::of(&stored, ClaimViewer::Owner)))
}
