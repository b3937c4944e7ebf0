//! Worker that records the expiry of seat holds. Seats with an expired hold are free even without it,
//! because writers compare the hold with the clock. It deletes the seat states and writes the next version
//! of the reservation, which the relay publishes.

use domain::concerts::{Reservation, ReservationStatus};
use domain::ids::UserId;
use domain::messages::{ExpireHold, HoldMessage};
use domain::{BusyReason, Result};
use runtime::{App, Message, Source, Work, Worker, add_entity};
use store::schema::HOLDS;
use store::update_with_retry;

use runtime::seconds_until;

/// Number of reservations of a closed account that are read together.
const RESERVATIONS_MAX: usize = 100;

/// Worker `concerts-expire-holds` behind the queue of holds.
pub static WORKER: Worker = Worker { name: "concerts-expire-holds", source: Source::Queue(&HOLDS, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let expiry: ExpireHold = match message.parse()? {
            HoldMessage::Expire(expiry) => expiry,
            HoldMessage::Release(of) => return release(&app, &of.closed_account).await,
        };
        add_entity(&expiry.reservation_id);
        let wait_s = seconds_until(expiry.due_at, app.now());
        if wait_s > 0 {
            return app.store().send(&HOLDS, &[expiry], wait_s).await;
        }
        match app.store().get_reservation_if_exists(&expiry.reservation_id).await? {
            Some(found) => expire(&app, found).await,
            None => Ok(()),
        }
    })
}

/// Cancels the unpaid reservations of a closed account. A repeat continues with those that are still held.
async fn release(app: &App, user: &UserId) -> Result<()> {
    add_entity(user);
    let (store, now) = (app.store(), app.now());
    let mut after: Option<String> = None;
    loop {
        let found = store.list_reservations_eventual(user, after.as_deref(), RESERVATIONS_MAX).await?;
        after = found.get(RESERVATIONS_MAX - 1).map(|last| last.id.name().to_owned());
        for held in found.into_iter().filter(|found| found.status_at(now) == ReservationStatus::Held) {
            add_entity(&held.id);
            let end = |next: Reservation| async move { store.end_reservation(&next).await };
            // Paid and ended reservations stay unchanged.
            let cancel = |there: &Reservation| Ok(there.cancel(now).unwrap_or_else(|_| there.clone()));
            update_with_retry(BusyReason::Reservation, held, cancel, end).await?;
        }
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Writes a reservation as expired and clears its seats, if its hold has expired. Paid and canceled ones
/// stay unchanged.
///
/// # Errors
/// `BUSY` or `INTERNAL_ERROR` of the store. A repeat completes what was begun.
pub async fn expire(app: &App, found: Reservation) -> Result<()> {
    add_entity(&found.id);
    let (store, now) = (app.store(), app.now());
    let end = |next: Reservation| async move { store.end_reservation(&next).await };
    update_with_retry(BusyReason::Reservation, found, |there| Ok(there.expire(now)), end).await.map(drop)
}
