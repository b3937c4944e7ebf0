//! Worker that checks a unit taken from a stock, two minutes later. If no line item of the claim has it,
//! the request that took it died, or another request wrote the claim first. The claim then gets a new
//! version, so that the late request cannot write it, and the unit is returned.

use domain::claims::{Claim, LineStatus};
use domain::messages::CheckReservation;
use domain::{BusyReason, Result};
use runtime::{App, Message, Source, Work, Worker, add_entity};
use store::schema::RESERVATIONS;
use store::{Saved, TryResult, retry};

/// Worker `rewards-settle-reservations` behind the queue of reservations.
pub static WORKER: Worker =
    Worker { name: "rewards-settle-reservations", source: Source::Queue(&RESERVATIONS, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let check: CheckReservation = message.parse()?;
        add_entity(&Claim::id_of(&check.user_id, &check.campaign_id));
        if is_to_return(&app, &check).await? {
            app.store().give_back(&check).await?;
        }
        Ok(())
    })
}

/// Returns whether no line item has the unit and none can get it any more. If the request that took the
/// unit might still write its claim, a new version of the claim is written first, which makes that write
/// fail.
async fn is_to_return(app: &App, check: &CheckReservation) -> Result<bool> {
    let attempt = async |()| {
        let claim = app.store().get_claim_if_exists(&check.user_id, &check.campaign_id).await?;
        if let Some(line) = claim.as_ref().and_then(|claim| check.line_of(claim)) {
            return Ok(TryResult::Done(line.status == LineStatus::Rejected));
        }
        let claim =
            claim.unwrap_or_else(|| Claim::new(check.user_id.clone(), check.campaign_id.clone(), app.now()));
        if claim.version >= check.version {
            // The request would have written this version, which its condition no longer allows.
            return Ok(TryResult::Done(true));
        }
        // The next try reads whether the late request or this write came first.
        match app.store().save_claim(&claim.next()).await? {
            Saved::Done | Saved::Conflict(_) => Ok(TryResult::Conflict(())),
        }
    };
    retry(BusyReason::Claim, (), attempt).await
}
