//! `GET /events/{event_id}`: returns an event; users see active ones only.

use axum::extract::State;
use dibs_http::{Done, Path, Route, SignedIn, axum, route};
use domain::ids::CampaignId;
use domain::{Error, Result};
use runtime::App;

use crate::views::campaign::CampaignView;

pub static ROUTE: Route = route!(
    /// Returns an event. A user gets `NOT_FOUND` for one that is not active.
    GET ["/events/{event_id}"] "rewards-get-campaign" get_campaign,
    "Get an event; users see active ones, staff see all",
    []
);

async fn get_campaign(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<CampaignId>,
) -> Result<Done<CampaignView>> {
    let now = app.now();
    let campaign = app.store().get_campaign(&id).await?;
    if !caller.reads_all() && !campaign.is_visible_at(now) {
        return Err(Error::not_found("event"));
    }
    Ok(Done(CampaignView::at(&campaign, now)))
}
