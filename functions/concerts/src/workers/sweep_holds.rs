//! Scheduled worker that clears seat holds two minutes after their expiry: those of reservations whose
//! message was lost, and those without a reservation. No request depends on it, since other users can take
//! the seats meanwhile.

use std::collections::BTreeMap;

use domain::Result;
use domain::concerts::{ConcertDate, SeatState};
use runtime::{App, Source, Work, Worker};
use store::list::ListRange;

use crate::workers::expire_holds::expire;

/// Scheduled worker `concerts-sweep-holds`, every five minutes.
pub static WORKER: Worker =
    Worker { name: "concerts-sweep-holds", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 300;
/// Time after its expiry, in seconds, at which a hold is cleared. By then the message about it has
/// arrived, and the function that wrote the hold has ended.
const OVERDUE_SECONDS: i64 = 120;
/// Bounds of one run: concerts, dates of each concert, and seats of all visited dates (exceeded by at most
/// one date). Each run begins at a random date.
const CONCERTS_MAX: usize = 1000;
const DATES_MAX: usize = 100;
const SEATS_MAX: u32 = 100_000;
/// Number of cleared holds after which one run visits no further date.
const HOLDS_MAX: usize = 1000;

fn run(app: App) -> Work {
    Box::pin(async move {
        let mut dates = dates_ahead(&app).await?;
        let start = app.entropy().checked_rem(dates.len() as u128).unwrap_or(0);
        dates.rotate_left(usize::try_from(start).unwrap_or(0));
        let (mut seats, mut holds) = (0, 0);
        for date in dates {
            seats += date.layout.seats_len();
            holds += sweep(&app, &date).await?;
            if seats > SEATS_MAX || holds > HOLDS_MAX {
                break;
            }
        }
        Ok(())
    })
}

/// Lists the dates of the newest 1,000 concerts that are today or later in the concert's time zone, at
/// most 100 dates of each concert.
async fn dates_ahead(app: &App) -> Result<Vec<ConcertDate>> {
    let mut dates = Vec::new();
    for (_, concert) in app.store().list_concerts(&ListRange::default(), CONCERTS_MAX).await? {
        let yesterday = concert.today(app.now())?.before();
        dates.extend(app.store().dates(&concert.id, Some(yesterday), DATES_MAX).await?);
    }
    Ok(dates)
}

/// Clears the holds of a date that expired more than [`OVERDUE_SECONDS`] ago, writes their reservations as
/// expired, and returns the number of cleared holds.
async fn sweep(app: &App, date: &ConcertDate) -> Result<usize> {
    let (store, now) = (app.store(), app.now());
    let long_over = now.plus_seconds(-OVERDUE_SECONDS);
    let mut holds: BTreeMap<String, (SeatState, Vec<u32>)> = BTreeMap::new();
    for (index, state) in store.get_seats_cached(date, now).await? {
        if state.is_free_at(long_over) {
            holds.entry(state.to_string()).or_insert_with(|| (state, Vec::new())).1.push(index);
        }
    }
    for (state, indexes) in holds.values() {
        if let Some(found) = store.get_reservation_if_exists(state.reservation()).await? {
            expire(app, found).await?;
        }
        store.release_seats(&date.concert_id, date.date, state, indexes).await?;
    }
    Ok(holds.len())
}
