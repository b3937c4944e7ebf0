//! Clears what is left of holds long after their time: of a reservation whose message was lost, and of a
//! request that died between its seats and its reservation. Nothing waits for it: those seats can be taken
//! all the time.

use std::collections::BTreeMap;

use domain::Result;
use domain::concerts::{ConcertDate, Mark};
use edge::{App, Source, Work, Worker};
use store::list::Part;

use crate::expire_holds::expire;

/// The worker.
pub static WORKER: Worker =
    Worker { name: "workers-sweep-holds", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 300;
/// By then the message about a hold has come, and a function that was making it is dead.
const OVERDUE_SECONDS: i64 = 120;
/// How much one run looks at; it begins somewhere else each time.
const CONCERTS_MAX: usize = 1000;
const DATES_MAX: usize = 100;
const SEATS_MAX: u32 = 100_000;
/// How many holds one run clears.
const HOLDS_MAX: usize = 1000;

fn run(app: App) -> Work {
    Box::pin(async move {
        let mut dates = dates_ahead(&app).await?;
        let start = app.chance().checked_rem(dates.len() as u128).unwrap_or(0);
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

/// The dates that are not over, of every concert.
async fn dates_ahead(app: &App) -> Result<Vec<ConcertDate>> {
    let mut dates = Vec::new();
    for (_, concert) in app.store().list_concerts(&Part::default(), CONCERTS_MAX).await? {
        let yesterday = concert.today(app.now())?.before();
        dates.extend(app.store().dates(&concert.id, Some(yesterday), DATES_MAX).await?);
    }
    Ok(dates)
}

/// Clears the holds of a date that are long over; gives how many there were.
async fn sweep(app: &App, date: &ConcertDate) -> Result<usize> {
    let (store, now) = (app.store(), app.now());
    let long_over = now.plus_seconds(-OVERDUE_SECONDS);
    let mut holds: BTreeMap<String, (Mark, Vec<u32>)> = BTreeMap::new();
    for (index, mark) in store.recent_seats(date, now).await? {
        if mark.is_free_at(long_over) {
            holds.entry(mark.to_string()).or_insert_with(|| (mark, Vec::new())).1.push(index);
        }
    }
    for (mark, indexes) in holds.values() {
        if let Some(found) = store.find_reservation(mark.reservation()).await? {
            expire(app, found).await?;
        }
        store.release_seats(&date.concert_id, date.date, mark, indexes).await?;
    }
    Ok(holds.len())
}
