//! Reserving: hold the seats, then write down for whom and what for.
//!
//! The blocks of seats decide. A request that dies between the two writes leaves seats that are held for
//! nobody; their time ends by itself, and a repeat with the same `Idempotency-Key` finds them held for it.

use domain::concerts::{
    Block, Concert, ConcertDate, Date, Reservation, Reserver, Seat, SeatName, check_count,
};
use domain::ids::{ConcertId, ReservationId};
use domain::{Code, Error, Result, Timestamp};
use edge::{App, QueueToken, about, first, guard};
use futures::future::try_join;
use store::{Hold, Saved};

/// How often seats are chosen anew because somebody else was faster.
const CHOICES_MAX: u32 = 8;

/// What is asked for.
pub struct Asked {
    /// What the reservation will be called; it says for whom.
    pub id: ReservationId,
    /// Stands for the request, when it has an `Idempotency-Key`.
    pub mark: Option<String>,
    /// What lets the user past the waiting room.
    pub token: QueueToken,
    /// Of which concert.
    pub concert: ConcertId,
    /// On which day.
    pub date: Date,
    /// Which seats.
    pub wanted: Wanted,
}

/// Which seats are asked for.
pub enum Wanted {
    /// These.
    Seats(Vec<SeatName>),
    /// So many beside each other.
    Count(usize),
}

/// Everything that a reservation is decided by.
struct Case<'a> {
    app: &'a App,
    concert: &'a Concert,
    date: &'a ConcertDate,
    reserver: Reserver,
    now: Timestamp,
}

/// Holds seats, or gives the reservation that the same request made before.
///
/// # Errors
/// Those of the guard; `DATE_IN_PAST`, `INVALID_SEAT_COUNT`, `REPEATED_SEAT`, `UNKNOWN_SEAT`; `SEAT_TAKEN`,
/// `SEAT_ALREADY_YOURS`, `NO_ADJACENT_SEATS`; `IDEMPOTENCY_KEY_REUSED`; `BUSY` when others were faster each
/// time.
pub async fn reserve(app: &App, asked: Asked) -> Result<Reservation> {
    about(&asked.id);
    let (id, mark) = (asked.id.clone(), asked.mark.clone());
    if let Some(there) = earlier(app, &id, mark.as_deref()).await? {
        return Ok(there);
    }
    match try_reserve(app, asked).await {
        // A parallel try of the same request may have succeeded meanwhile.
        Err(refusal) => earlier(app, &id, mark.as_deref()).await?.ok_or(refusal),
        reserved => reserved,
    }
}

/// What an earlier try of the request with this `Idempotency-Key` has made, as it is by now.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when another request with this key has.
async fn earlier(app: &App, id: &ReservationId, mark: Option<&str>) -> Result<Option<Reservation>> {
    let Some(mark) = mark else { return Ok(None) };
    let Some(there) = app.store().find_reservation(id).await? else { return Ok(None) };
    let repeated = Reservation { mark: Some(mark.to_owned()), ..there.clone() };
    first(Saved::Other(Some(Box::new(there))), repeated, |one| one.mark.as_deref()).map(Some)
}

async fn try_reserve(app: &App, asked: Asked) -> Result<Reservation> {
    let (store, now) = (app.store(), app.now());
    let concert = store.recent_concert(&asked.concert, now);
    let (concert, date) = try_join(concert, store.recent_date(&asked.concert, asked.date, now)).await?;
    let place = guard(app, concert.queue_id.as_ref(), asked.id.owner(), &asked.token).await?;
    concert.check_ahead(date.date, now)?;
    let asker = asked.id.owner().clone();
    let reserver = Reserver { id: asked.id, place, mark: asked.mark };
    let case = Case { app, concert: &concert, date: &date, reserver, now };
    match asked.wanted {
        Wanted::Seats(names) => {
            let seats = date.seats(&names)?;
            case.hold(&seats).await?.map_err(|taken| date.refuse(&taken, &asker))
        }
        Wanted::Count(count) => case.hold_best(count).await,
    }
}

impl Case<'_> {
    /// Holds `seats`, or gives those that are taken.
    async fn hold(&self, seats: &[Seat<'_>]) -> Result<std::result::Result<Reservation, Block>> {
        let store = self.app.store();
        let new = Reservation::of(self.reserver.clone(), self.concert, self.date.date, seats, self.now);
        let held = match store.hold_seats(&new, self.now).await? {
            Hold::Done(held_until) => Reservation { held_until, ..new },
            Hold::Taken(taken) => return Ok(Err(taken)),
        };
        let saved = store.create_reservation(&held).await?;
        if let Saved::Other(Some(there)) = &saved {
            // A parallel try of the same request chose other seats.
            let left: Vec<u32> =
                held.indexes.iter().copied().filter(|index| !there.indexes.contains(index)).collect();
            store.release_seats(&held.concert_id, held.date, &held.hold(), &left).await?;
        }
        first(saved, held, |one| one.mark.as_deref()).map(Ok)
    }

    /// Holds `count` seats beside each other: the first that are free, and when somebody was faster, any.
    async fn hold_best(&self, count: usize) -> Result<Reservation> {
        check_count(count)?;
        let store = self.app.store();
        for choice in 0..CHOICES_MAX {
            let marks = match choice {
                0 => store.recent_seats(self.date, self.now).await?,
                _ => store.seats(self.date, self.now).await?,
            };
            let chance = if choice == 0 { 0 } else { self.app.chance() };
            let Some(indexes) = self.choose(&marks, count, chance) else {
                if choice > 0 {
                    return Err(Error::refused(
                        Code::NoAdjacentSeats,
                        "There are not so many free seats beside each other.",
                    )
                    .with_details(serde_json::json!({"requested": count})));
                }
                continue;
            };
            if let Ok(held) = self.hold(&self.date.seats_at(&indexes)).await? {
                return Ok(held);
            }
        }
        Err(Error::busy("others were faster each time"))
    }

    /// `count` free seats beside each other, or those that an earlier try of this request holds.
    fn choose(&self, marks: &Block, count: usize, chance: u128) -> Option<Vec<u32>> {
        let is_taken = |index: &u32| marks.get(index).is_some_and(|mark| !mark.is_free_at(self.now));
        let mine = marks.iter().filter(|(_, mark)| *mark.reservation() == self.reserver.id);
        let mine: Vec<u32> = mine.map(|(index, _)| *index).filter(is_taken).collect();
        if mine.len() == count {
            return Some(mine);
        }
        let count = u32::try_from(count).ok()?;
        let starts = self.date.layout.groups(count, |index| !is_taken(&index));
        let choice = chance.checked_rem(starts.len() as u128)?;
        let start = *starts.get(usize::try_from(choice).ok()?)?;
        Some((start..start + count).collect())
    }
}
