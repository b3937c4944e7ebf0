//! `DELETE /events/{event_id}`: deletes an event without claims, for administrators.

use axum::extract::State;
use dibs_http::{Administrator, NoBody, NoContent, Path, Route, axum, route};
use domain::campaigns::{Campaign, Deletion, SETTLES_AFTER_SECONDS};
use domain::ids::CampaignId;
use domain::{BusyReason, Code, Error, Result};
use runtime::App;
use store::list::ListRange;
use store::{Saved, update_with_retry};

pub static ROUTE: Route = route!(
    /// Deletes an event in two calls. The first call closes the event and gets `EVENT_CLOSING`. The same
    /// call, repeated after the seconds in `Retry-After` and within 90 seconds of the first, deletes the
    /// event. An event that has requests is opened again instead and stays. Without a second call it opens
    /// again by itself two minutes after the first. A repeat after the deletion gets `NOT_FOUND`.
    DELETE ["/events/{event_id}"] "rewards-delete-campaign" delete_campaign,
    "Delete an event without requests, in two calls: the first closes it, and the same call after \
     `Retry-After` deletes it",
    [EventHasClaims, EventClosing]
);

/// Maximum number of claims to inspect. A claim without line items does not count: it only keeps a crashed
/// request from writing its claim late.
const CLAIMS_LOOKED_AT: usize = 100;

async fn delete_campaign(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<CampaignId>,
    _: NoBody,
) -> Result<NoContent> {
    let found = app.store().get_campaign(&id).await?;
    let deletion = found.deletion_at(app.now());
    if let Deletion::Closing(seconds) = deletion {
        return Err(closing(seconds));
    }
    if has_claims(&app, &id).await? {
        update_with_retry(BusyReason::Campaign, found, Campaign::reopen, async |next| {
            app.store().save_campaign(&next).await
        })
        .await?;
        return Err(Error::refused(Code::EventHasClaims, "This event has requests; end it instead."));
    }
    // This decision holds only if the event is unchanged. Otherwise it may have been open in between, and a
    // claim written.
    let next = if deletion == Deletion::Due { found.delete()? } else { found.close(app.now())? };
    match app.store().save_campaign(&next).await? {
        Saved::Done if next.deleted => Ok(NoContent),
        Saved::Done => Err(closing(u32::try_from(SETTLES_AFTER_SECONDS).unwrap_or(1))),
        Saved::Conflict(there) if there.as_ref().is_some_and(|there| there.deleted) => Ok(NoContent),
        Saved::Conflict(_) => Err(Error::busy(BusyReason::Campaign)),
    }
}

async fn has_claims(app: &App, id: &CampaignId) -> Result<bool> {
    let claims = app.store().list_claims(id, &ListRange::default(), CLAIMS_LOOKED_AT).await?;
    Ok(claims.len() == CLAIMS_LOOKED_AT || claims.iter().any(|(_, claim)| !claim.lines.is_empty()))
}

fn closing(seconds: u32) -> Error {
    let message = "This event is closed now and takes no more requests; repeat this call after the seconds in \
                   Retry-After to delete it. If nobody does within 90 seconds, it opens again by itself.";
    Error::refused(Code::EventClosing, message).retry_after(seconds)
}
