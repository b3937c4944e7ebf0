//! `PATCH /events/{event_id}`: changes an event, for operators.

use axum::extract::State;
use dibs_http::{Done, Json, Operator, Path, Route, axum, route};
use domain::campaigns::{Campaign, CampaignChanges};
use domain::claims::ClaimSize;
use domain::ids::CampaignId;
use domain::{BusyReason, Result};
use runtime::App;
use store::{Saved, TryResult, retry};
use waiting_room::services::admission::check_queue;

use crate::views::campaign::CampaignView;

pub static ROUTE: Route = route!(
    /// Changes the fields that the body names. A repeat changes nothing more.
    PATCH ["/events/{event_id}"] "rewards-update-campaign" update_campaign, "Update an event", [Conflict]
);

async fn update_campaign(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<CampaignId>,
    Json { value: changes, .. }: Json<CampaignChanges>,
) -> Result<Done<CampaignView>> {
    check_queue(&app, changes.queue_id.0.as_ref().and_then(Option::as_ref)).await?;
    let attempt = async |()| {
        let (found, now) = (app.store().get_campaign_with_offers(&id).await?, app.now());
        let next = found.campaign.change(&changes, now)?;
        let room = |campaign: &Campaign| ClaimSize::of(&campaign.condition, found.all_offers());
        room(&next).check(&room(&found.campaign), "condition")?;
        // Attaching an offer also writes a version of the campaign, so this write fails if one was
        // attached meanwhile.
        let is_done = next == found.campaign || app.store().save_campaign(&next).await? == Saved::Done;
        Ok(if is_done { TryResult::Done(CampaignView::at(&next, now)) } else { TryResult::Conflict(()) })
    };
    Ok(Done(retry(BusyReason::Campaign, (), attempt).await?))
}
