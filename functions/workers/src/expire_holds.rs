//! Writes down that seats were not paid in time. They are free without it, since time is part of the
//! condition under which a seat is taken: this tidies up, and tells.

use domain::Result;
use domain::concerts::Reservation;
use domain::messages::ExpireHold;
use edge::{App, Message, Source, Work, Worker, about, change};
use store::schema::HOLDS;

use crate::seconds_until;

/// The worker.
pub static WORKER: Worker = Worker { name: "workers-expire-holds", source: Source::Queue(&HOLDS, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let look: ExpireHold = crate::body(&message)?;
        about(&look.reservation_id);
        let wait_s = seconds_until(look.due_at, app.now());
        if wait_s > 0 {
            return app.store().send(&HOLDS, &[look], wait_s).await;
        }
        match app.store().find_reservation(&look.reservation_id).await? {
            Some(found) => expire(&app, found).await,
            None => Ok(()),
        }
    })
}

/// Ends a reservation whose time is over and that nobody has paid or given up.
///
/// # Errors
/// Only those of the store; a repeat finishes what was begun.
pub async fn expire(app: &App, found: Reservation) -> Result<()> {
    about(&found.id);
    let (store, now) = (app.store(), app.now());
    let end = |next: Reservation| async move { store.end_reservation(&next).await };
    change(found, |there| Ok(there.expire(now)), end).await.map(drop)
}
