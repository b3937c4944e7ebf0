//! DELETE /events/{event_id}

use axum::extract::State;
use domain::campaigns::Campaign;
use domain::ids::CampaignId;
use domain::{Code, Error};
use edge::{Administrator, App, NoContent, Path, Result, Route, axum, route};
use store::list::Part;

use edge::change;

/// The route.
pub static ROUTE: Route = route!(
    DELETE ["/events/{event_id}"] "rewards-delete-campaign" delete_campaign,
    "Delete an event that nobody has claimed",
    [EventHasClaims]
);

/// How many claims are looked at: one without lines only fences a request that died.
const CLAIMS_LOOKED_AT: usize = 100;

async fn delete_campaign(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<CampaignId>,
) -> Result<NoContent> {
    let found = app.store().campaign(&id).await?;
    let claims = app.store().list_claims(&id, &Part::default(), CLAIMS_LOOKED_AT).await?;
    if claims.len() == CLAIMS_LOOKED_AT || claims.iter().any(|(_, claim)| !claim.lines.is_empty()) {
        return Err(Error::refused(Code::EventHasClaims, "This event has requests; end it instead.").into());
    }
    // A claim that is made in this very moment stays good: the campaign is hidden, and is still there to be
    // read by id.
    change(found, Campaign::delete, async |next| app.store().save_campaign(&next).await).await?;
    Ok(NoContent)
}
