//! Looks at a unit that was taken from a stock: is there a line of a claim that has it? If not, the request
//! that took it died, or lost against another; then the claim is fenced against that request, and the unit
//! given back.

use domain::claims::{Claim, Status};
use domain::messages::CheckReservation;
use domain::{Error, Result};
use edge::{App, Message, Source, Work, Worker, about};
use store::Saved;
use store::schema::RESERVATIONS;

/// The worker.
pub static WORKER: Worker =
    Worker { name: "workers-settle-reservations", source: Source::Queue(&RESERVATIONS, run) };

/// How often the claim is looked at again because it was written in between.
const ROUNDS_MAX: usize = 8;

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let check: CheckReservation = crate::body(&message)?;
        about(&Claim::id_of(&check.user_id, &check.campaign_id));
        if is_to_return(&app, &check).await? {
            app.store().give_back(&check).await?;
        }
        Ok(())
    })
}

/// Whether nobody has the unit, now and for ever.
async fn is_to_return(app: &App, check: &CheckReservation) -> Result<bool> {
    for _ in 0..ROUNDS_MAX {
        let claim = app.store().find_claim(&check.user_id, &check.campaign_id).await?;
        if let Some(line) = claim.as_ref().and_then(|claim| check.line_of(claim)) {
            return Ok(line.status == Status::Rejected);
        }
        let claim =
            claim.unwrap_or_else(|| Claim::new(check.user_id.clone(), check.campaign_id.clone(), app.now()));
        if claim.version >= check.version {
            // The request would have written this version, and its condition can no longer hold.
            return Ok(true);
        }
        match app.store().save_claim(&claim.next()).await? {
            Saved::Done | Saved::Other(_) => {}
        }
    }
    Err(Error::busy("a claim was written by too many at once"))
}
