//! `GET /events/{event_id}/rewards`: lists the rewards of an event.

use std::sync::Arc;

use axum::extract::State;
use dibs_http::{Done, Path, Route, SignedIn, axum, route};
use domain::ids::CampaignId;
use domain::{Error, Result};
use runtime::App;

use crate::views::offer::OfferView;

pub static ROUTE: Route = route!(
    /// Returns the rewards that are attached to an event, with their terms. A user gets `NOT_FOUND` for an event
    /// that is not active.
    GET ["/events/{event_id}/rewards"] "rewards-list-offers" list_offers,
    "List the rewards of an event; users see those of an active event, staff those of every event",
    []
);

async fn list_offers(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<CampaignId>,
) -> Result<Done<Vec<OfferView>>> {
    // Users share one cached read a second. Staff read consistently, so that they see their own changes.
    let found = match caller.reads_all() {
        true => Arc::new(app.store().get_campaign_with_offers(&id).await?),
        false => app.store().get_campaign_cached(&id, app.now()).await?,
    };
    if !caller.reads_all() && !found.campaign.is_visible_at(app.now()) {
        return Err(Error::not_found("event"));
    }
    Ok(Done(found.offers.iter().map(Into::into).collect()))
}
