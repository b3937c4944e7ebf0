//! Worker that checks a unit taken from a stock. If no line item of the claim has it, the request that took
//! it crashed or lost against another one. The claim then gets a new version, so that the late request cannot
//! write it, and the unit is returned.

use domain::claims::{Claim, Status};
use domain::messages::CheckReservation;
use domain::{Error, Result};
use runtime::{App, Message, Source, Work, Worker, add_entity};
use store::Saved;
use store::schema::RESERVATIONS;

/// Worker `rewards-settle-reservations` behind the queue of reservations.
pub static WORKER: Worker =
    Worker { name: "rewards-settle-reservations", source: Source::Queue(&RESERVATIONS, run) };

/// Maximum number of tries to block the late request. Each lost try means that the claim was written.
const ROUNDS_MAX: usize = 8;

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

/// Returns whether no line item has the unit, and none can get it any more.
async fn is_to_return(app: &App, check: &CheckReservation) -> Result<bool> {
    for _ in 0..ROUNDS_MAX {
        let claim = app.store().get_claim_if_exists(&check.user_id, &check.campaign_id).await?;
        if let Some(line) = claim.as_ref().and_then(|claim| check.line_of(claim)) {
            return Ok(line.status == Status::Rejected);
        }
        let claim =
            claim.unwrap_or_else(|| Claim::new(check.user_id.clone(), check.campaign_id.clone(), app.now()));
        if claim.version >= check.version {
            // The request would have written this version, which its condition no longer allows.
            return Ok(true);
        }
        match app.store().save_claim(&claim.next()).await? {
            Saved::Done | Saved::Conflict(_) => {}
        }
    }
    Err(Error::busy("a claim was written by too many at once"))
}
