//! `DELETE /events/{event_id}/rewards/{reward_id}`: removes a reward from an event, for operators.

use axum::extract::State;
use dibs_http::{NoBody, NoContent, Operator, Path, Route, axum, route};
use domain::ids::{CampaignId, RewardId};
use domain::rewards::Offer;
use domain::{BusyReason, Result};
use runtime::App;
use store::update_with_retry;

pub static ROUTE: Route = route!(
    /// Removes a reward from an event, so that it cannot be requested any longer. Requests that were accepted
    /// keep what they were promised. A repeat gets `NOT_FOUND`.
    DELETE ["/events/{event_id}/rewards/{reward_id}"] "rewards-delete-offer" delete_offer,
    "Remove a reward from an event; requests that were made before are still granted",
    []
);

async fn delete_offer(
    State(app): State<App>,
    _: Operator,
    Path((campaign, reward)): Path<(CampaignId, RewardId)>,
    _: NoBody,
) -> Result<NoContent> {
    app.store().get_campaign(&campaign).await?;
    let found = app.store().get_offer(&campaign, &reward).await?;
    update_with_retry(BusyReason::Campaign, found, Offer::remove, async |next| {
        app.store().save_offer(&next).await
    })
    .await?;
    Ok(NoContent)
}
